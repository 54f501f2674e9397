"""The access logs: finished records into the spool, and counts of every request for completeness.

Both are written when a request ends, by the same call, so that counts and records can be compared exactly.
"""

from typing import Any, Final

from model_monitor_capture.gateway.facts import METADATA, REQUESTS

_TYPES: Final = "type.googleapis.com/envoy.extensions.access_loggers"

_RECORD: Final = {
    "captureData": {
        "endpointInput": f"%DYNAMIC_METADATA({METADATA}.INPUT:body)%",
        "endpointOutput": f"%DYNAMIC_METADATA({METADATA}.OUTPUT:body)%",
    },
    "eventMetadata": {
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
    },
    "eventVersion": "0",
}
"""The capture format. Envoy sorts keys, which `shipper.lines` relies on."""


def access_logs(spool: str) -> list[dict[str, Any]]:
    """Return the access logs of a listener.

    Parameters
    ----------
    spool
        File that records are appended to.
    """
    return [_counts(), _records(spool)]


def _counts() -> dict[str, Any]:
    tags = [
        {"name": "outcome", "value_format": f"%DYNAMIC_METADATA({METADATA}:outcome)%"},
        # The hour of the day and not the hour: a closed set, however long the gateway runs.
        {"name": "hour", "value_format": "%START_TIME(%H)%"},
    ]
    return {
        "name": "counts",
        "filter": {"metadata_filter": {"matcher": _outcome(".+"), "match_if_key_not_found": False}},
        "typed_config": {
            "@type": f"{_TYPES}.stats.v3.Config",
            "stats_scope": {"prefix": METADATA},
            "counters": [{"stat": {"name": REQUESTS, "tags": tags}, "value_fixed": 1}],
        },
    }


def _records(spool: str) -> dict[str, Any]:
    return {
        "name": "records",
        "filter": {"metadata_filter": {"matcher": _outcome("captured"), "match_if_key_not_found": False}},
        "typed_config": {
            "@type": f"{_TYPES}.file.v3.FileAccessLog",
            "path": spool,
            "log_format": {"omit_empty_values": True, "json_format": _RECORD},
        },
    }


def _outcome(pattern: str) -> dict[str, Any]:
    """Return a matcher of what became of a request, by a regular expression that must match it whole."""
    return {
        "filter": METADATA,
        "path": [{"key": "outcome"}],
        "value": {"string_match": {"safe_regex": {"regex": pattern}}},
    }
