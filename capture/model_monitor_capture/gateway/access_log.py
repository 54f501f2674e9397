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

_INPUT: Final = f'"endpointInput":{{"mode":"INPUT"%DYNAMIC_METADATA({METADATA}.input:rest)%}}'
_OUTPUT: Final = f'"endpointOutput":{{"mode":"OUTPUT"%DYNAMIC_METADATA({METADATA}.output:rest)%}}'


def access_logs(spool: str) -> list[dict[str, Any]]:
    """Return the access logs of a listener.

    Parameters
    ----------
    spool
        File that records are appended to.
    """
    return [
        _counts(),
        _records(spool, "both", f"{_INPUT},{_OUTPUT}"),
        _records(spool, "input", _INPUT),
        _records(spool, "output", _OUTPUT),
    ]


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


def _records(spool: str, outcome: str, sides: str) -> dict[str, Any]:
    return {
        "name": f"records-{outcome}",
        "filter": {"metadata_filter": {"matcher": _outcome(outcome), "match_if_key_not_found": False}},
        "typed_config": {
            "@type": f"{_TYPES}.file.v3.FileAccessLog",
            "path": spool,
            "log_format": {
                "omit_empty_values": True,
                "text_format_source": {"inline_string": _record(sides)},
            },
        },
    }


def _record(sides: str) -> str:
    """Return the capture format as one line of JSON.

    What clients and models send was made JSON by `capture.lua`; what Envoy adds here needs no escapes. Where
    the line begins, where it ends and what its time looks like is known to `shipper.lines`.
    """
    event = ",".join(
        [
            # Fields of the request, each with a comma behind it.
            f'%DYNAMIC_METADATA({METADATA}:event)%"eventId":"%UNIQUE_ID%"',
            f'"grpcStatus":{_number("GRPC_STATUS_NUMBER")}',
            '"inferenceTime":"%START_TIME(%Y-%m-%dT%H:%M:%SZ)%"',
            f'"latencyMicroseconds":{_number("COMMON_DURATION", "DS_RX_BEG:DS_TX_END:us")}',
            '"responseFlags":"%RESPONSE_FLAGS%"',
            '"statusCode":%RESPONSE_CODE%',
        ]
    )
    return f'{{"captureData":{{{sides}}},"eventMetadata":{{{event}}},"eventVersion":"0"}}\n'


def _number(command: str, parameter: str = "") -> str:
    """Return a number of Envoy's, or `null`."""
    wanted = {"command": command} | ({"param": parameter} if parameter else {})
    return f"%COALESCE({json.dumps({'operators': [wanted, _ABSENT]})})%"


def _outcome(name: str) -> dict[str, Any]:
    return _matcher({"string_match": {"exact": name}})


def _any_outcome() -> dict[str, Any]:
    return _matcher({"present_match": True})


def _matcher(value: dict[str, Any]) -> dict[str, Any]:
    return {"filter": METADATA, "path": [{"key": "outcome"}], "value": value}
