"""What a shipper asks of what writes its spool, answered as Envoy's administration does.

So one shipper serves both: it reads counts, has the spool reopened, and switches capture off and on.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, urlsplit

from model_monitor_capture.gateway.facts import CAPTURE_SWITCH, METADATA, REQUESTS
from model_monitor_capture.sink.messages import Answer, Request
from model_monitor_capture.sink.sink import Sink
from model_monitor_capture.sink.spool import SpoolWriter

_DONE: Final = Answer(HTTPStatus.OK, b"OK\n")
_UNKNOWN: Final = Answer(HTTPStatus.NOT_FOUND)


class Admin:
    """Answers a shipper.

    Parameters
    ----------
    sink
        Whose counts are told.
    spool
        What it writes to.
    """

    def __init__(self, sink: Sink, spool: SpoolWriter) -> None:
        self._sink = sink
        self._spool = spool

    def handle(self, request: Request) -> Answer:
        """Answer a request."""
        url = urlsplit(request.target)
        match request.method, url.path:
            case "GET", "/stats":
                return Answer(HTTPStatus.OK, _stats(self._sink.requests()))
            case "POST", "/reopen_logs":
                return self._reopen()
            case "POST", "/runtime_modify":
                return self._switch(url.query)
            case _:
                return _UNKNOWN

    def _switch(self, query: str) -> Answer:
        share = parse_qs(query).get(CAPTURE_SWITCH)
        if share is None:
            return _UNKNOWN
        self._sink.is_paused = share == ["0"]
        return _DONE

    def _reopen(self) -> Answer:
        try:
            self._spool.reopen()
        except OSError as error:
            return Answer(HTTPStatus.INTERNAL_SERVER_ERROR, str(error.strerror).encode())
        return _DONE


def _stats(counts: Mapping[tuple[str, int], int]) -> bytes:
    stats = [
        {"name": f"{METADATA}.{REQUESTS}.outcome.{outcome}.hour.{hour:02d}", "value": count}
        for (outcome, hour), count in counts.items()
    ]
    return json.dumps({"stats": stats}).encode()
