"""A small HTTP server for what a part tells of itself: bounded, whoever asks."""

import logging
import socket
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, NamedTuple

_log = logging.getLogger(__name__)

_AT_ONCE: Final = 16
"""Requests that are answered at once; more are turned away."""

_TIMEOUT_SECONDS: Final = 10
"""For a client that is slow to ask or to read."""


class Answer(NamedTuple):
    """What is sent back."""

    status: HTTPStatus
    content_type: str
    body: bytes


Handler = Callable[[str], Answer]
"""Answers a request for a path; takes its `Accept` header."""


def probe(problem: Callable[[], str | None]) -> Handler:
    """Return a handler that answers 200 while there is no problem, else 503 and what it is."""

    def answer(_accept: str) -> Answer:
        found = problem()
        status = HTTPStatus.OK if found is None else HTTPStatus.SERVICE_UNAVAILABLE
        return Answer(status, "text/plain; charset=utf-8", f"{found or 'ok'}\n".encode())

    return answer


class Server:
    """An HTTP server in threads of its own.

    Parameters
    ----------
    port
        Where it listens, on all addresses; 0 for any free one.
    paths
        Handlers by path; there is nothing else.

    Raises
    ------
    OSError
        If the port is taken.
    """

    def __init__(self, port: int, paths: Mapping[str, Handler]) -> None:
        self._server = _Bounded(port, paths)
        self._thread = threading.Thread(target=self._server.serve_forever, name="serving", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer nothing more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Bounded(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = _AT_ONCE

    def __init__(self, port: int, paths: Mapping[str, Handler]) -> None:
        self.paths = paths
        self._room = threading.BoundedSemaphore(_AT_ONCE)
        dual = socket.has_dualstack_ipv6()
        self.address_family = socket.AF_INET6 if dual else socket.AF_INET
        super().__init__(("::" if dual else "0.0.0.0", port), _Request)  # noqa: S104 - a pod's own addresses

    def server_bind(self) -> None:
        """Listen on IPv4 as well."""
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in another thread if there is room for one."""
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and make room."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Tell of a client that went away in the log only where somebody looks for it."""
        _log.debug("a request from %s failed", client_address, exc_info=True)


class _Request(BaseHTTPRequestHandler):
    server: _Bounded
    server_version = "model-monitor"
    sys_version = ""
    timeout = _TIMEOUT_SECONDS

    def do_GET(self) -> None:
        """Answer."""
        handler = self.server.paths.get(self.path.partition("?")[0])
        try:
            answer = handler(self.headers.get("Accept", "")) if handler is not None else _NOT_FOUND
        except Exception:  # noqa: BLE001 - a failing collector must not look like a network that fails
            _log.exception("%s failed", self.path)
            answer = Answer(
                HTTPStatus.INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", b"failed; see the log\n"
            )
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Log requests only where somebody looks for them."""
        _log.debug(format, *args)


_NOT_FOUND: Final = Answer(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"not found\n")
