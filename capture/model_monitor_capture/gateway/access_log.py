"""The access logs: finished records into the spool, and counts of every request for completeness.

Both are written when a request ends, by the same call, so that counts and records can be compared exactly.
"""

import json
from typing import Any, Final

from model_monitor_capture.gateway.facts import METADATA, REQUESTS

_TYPES: Final = "type.googleapis.com/envoy.extensions.access_loggers"

LISTENER_METADATA: Final = {"filter_metadata": {METADATA: {"absent": "null"}}}
"""What the log says for a number that Envoy does not have: a line of text can't leave a field out."""

_ABSENT: Final = {"command": "METADATA", "param": f"LISTENER:{METADATA}:absent"}


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
        "filter": _where("outcome"),
        "typed_config": {
            "@type": f"{_TYPES}.stats.v3.Config",
            "stats_scope": {"prefix": METADATA},
            "counters": [{"stat": {"name": REQUESTS, "tags": tags}, "value_fixed": 1}],
        },
    }


def _records(spool: str) -> dict[str, Any]:
    return {
        "name": "records",
        "filter": _where("record"),
        "typed_config": {
            "@type": f"{_TYPES}.file.v3.FileAccessLog",
            "path": spool,
            "log_format": {
                "omit_empty_values": True,
                "text_format_source": {"inline_string": _record()},
            },
        },
    }


def _record() -> str:
    """Return the capture format as one line of JSON.

    The capture filter has made JSON of what clients and models sent; what Envoy adds here needs no escapes.
    Where the line begins, where it ends and what its time looks like is known to `shipper.lines`.
    """
    event = ",".join(
        [
            '"eventId":"%UNIQUE_ID%"',
            f'"grpcStatus":{_number("GRPC_STATUS_NUMBER")}',
            '"inferenceTime":"%START_TIME(%Y-%m-%dT%H:%M:%SZ)%"',
            f'"latencyMicroseconds":{_number("COMMON_DURATION", "DS_RX_BEG:DS_TX_END:us")}',
            '"responseFlags":"%RESPONSE_FLAGS%"',
            '"statusCode":%RESPONSE_CODE%',
        ]
    )
    return f'{{%DYNAMIC_METADATA({METADATA}:record)%{event}}},"eventVersion":"0"}}\n'


def _number(command: str, parameter: str = "") -> str:
    """Return a number of Envoy's, or `null`."""
    wanted = {"command": command} | ({"param": parameter} if parameter else {})
    return f"%COALESCE({json.dumps({'operators': [wanted, _ABSENT]})})%"


def _where(key: str) -> dict[str, Any]:
    """Return the log filter for requests of which the capture filter has left this."""
    matcher = {"filter": METADATA, "path": [{"key": key}], "value": {"present_match": True}}
    return {"metadata_filter": {"matcher": matcher, "match_if_key_not_found": False}}
