"""The access logs: finished records into the spool, and counts of every request for completeness.

Both are written when a request ends, by the same call, so that counts and records can be compared exactly.
"""

from typing import Any, Final

from model_monitor_capture.gateway.facts import METADATA, REQUESTS

_TYPES: Final = "type.googleapis.com/envoy.extensions.access_loggers"

_EVENT: Final = {
    "customAttributes": f"%DYNAMIC_METADATA({METADATA}:customAttributes)%",
    "eventId": "%UNIQUE_ID%",
    "inferenceId": f"%DYNAMIC_METADATA({METADATA}:inferenceId)%",
    "inferenceTime": "%START_TIME(%Y-%m-%dT%H:%M:%SZ)%",
    # What follows is ours.
    "grpcStatus": "%GRPC_STATUS_NUMBER%",
    "latencyMicroseconds": "%COMMON_DURATION(DS_RX_BEG:DS_TX_END:us)%",
    "method": "%REQ(:METHOD)%",
    "path": "%PATH(NQ)%",
    "requestId": "%REQ(X-REQUEST-ID)%",
    "responseFlags": "%RESPONSE_FLAGS%",
    "statusCode": "%RESPONSE_CODE%",
}


def access_logs(spool: str) -> list[dict[str, Any]]:
    """Return the access logs of a listener.

    Parameters
    ----------
    spool
        File that records are appended to.
    """
    request = _side("input", "INPUT", "REQ")
    response = _side("output", "OUTPUT", "RESP")
    return [
        _counts(),
        _records(spool, "both", {"endpointInput": request, "endpointOutput": response}),
        _records(spool, "input", {"endpointInput": request}),
        _records(spool, "output", {"endpointOutput": response}),
    ]


def _side(name: str, mode: str, headers: str) -> dict[str, str]:
    def kept(field: str) -> str:
        return f"%DYNAMIC_METADATA({METADATA}.{name}:{field})%"

    return {
        "contentEncoding": f"%{headers}(CONTENT-ENCODING)%",
        "data": kept("data"),
        "encoding": kept("encoding"),
        "mode": mode,
        "observedContentType": f"%{headers}(CONTENT-TYPE)%",
        "truncated": kept("truncated"),
    }


def _counts() -> dict[str, Any]:
    tags = [
        {"name": "outcome", "value_format": f"%DYNAMIC_METADATA({METADATA}:outcome)%"},
        # The hour of the day and not the hour: a closed set, however long the gateway runs.
        {"name": "hour", "value_format": "%START_TIME(%H)%"},
    ]
    return {
        "name": "counts",
        "filter": {"metadata_filter": {"matcher": _any_outcome(), "match_if_key_not_found": False}},
        "typed_config": {
            "@type": f"{_TYPES}.stats.v3.Config",
            "stats_scope": {"prefix": METADATA},
            "counters": [{"stat": {"name": REQUESTS, "tags": tags}, "value_fixed": 1}],
        },
    }


def _records(spool: str, outcome: str, sides: dict[str, Any]) -> dict[str, Any]:
    # The capture format. Envoy sorts keys, which `shipper.lines` relies on.
    record = {"captureData": sides, "eventMetadata": _EVENT, "eventVersion": "0"}
    return {
        "name": f"records-{outcome}",
        "filter": {"metadata_filter": {"matcher": _outcome(outcome), "match_if_key_not_found": False}},
        "typed_config": {
            "@type": f"{_TYPES}.file.v3.FileAccessLog",
            "path": spool,
            "log_format": {"omit_empty_values": True, "json_format": record},
        },
    }


def _outcome(name: str) -> dict[str, Any]:
    return _matcher({"string_match": {"exact": name}})


def _any_outcome() -> dict[str, Any]:
    return _matcher({"present_match": True})


def _matcher(value: dict[str, Any]) -> dict[str, Any]:
    return {"filter": METADATA, "path": [{"key": "outcome"}], "value": value}
