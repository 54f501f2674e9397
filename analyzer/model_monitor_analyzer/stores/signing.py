"""Requests that the object-store client authorises and does not send: listings that it could not read."""

import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from threading import Thread
from typing import Final
from urllib.parse import urlsplit
from urllib.request import Request

import obstore

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.stores.clients import Client
from model_monitor_analyzer.stores.failures import FAILURES

_LOOPBACK: Final = "127.0.0.1"
_SIGNED_FOR: Final = timedelta(minutes=5)


def presigned(client: Client) -> Request:
    """Return a GET of the URL that a client has for its object of no name, signed within the URL.

    Raises one of `FAILURES`.
    """
    return Request(obstore.sign(client, "GET", "", _SIGNED_FOR))  # noqa: S310 # an endpoint is http or https by its type


def as_the_client_asks(url: str, client_at: Callable[[str], Client]) -> Request:
    """Return a GET of a URL with all that the client adds to be let in: headers, or a token in the query.

    Google's and Azure's listings can't be had by signed URLs from every credential, and the client shows none
    of its tokens. So it is sent to a listener of this process, which notes what it asks with. That never
    leaves the machine, and neither store's authorisation covers the host.

    Parameters
    ----------
    url
        What to get.
    client_at
        Makes the client that has a URL for its object of no name.

    Raises
    ------
    ConfigurationError
        A proxy is set for requests to this machine itself.

    Otherwise one of `FAILURES`.
    """
    if urllib.request.getproxies().keys() & {"http", "all"} and not urllib.request.proxy_bypass(_LOOPBACK):
        raise ConfigurationError(
            f"names with doubled slashes can't be listed while a proxy is set for {_LOOPBACK}: "
            "name it in NO_PROXY"
        )
    parts = urlsplit(url)
    with _listening(f"{parts.path}?{parts.query}") as listener:
        here = parts._replace(scheme="http", netloc=f"{_LOOPBACK}:{listener.server_address[1]}")
        try:
            obstore.get(client_at(here.geturl()), "")
        except FAILURES:
            if not listener.noted:
                raise
    target, headers = listener.noted[0]
    request = Request(f"{parts.scheme}://{parts.netloc}{target}")  # noqa: S310 # as above
    for name, value in headers.items():
        request.add_unredirected_header(name, value)
    return request


class _Listener(TCPServer):
    """Notes the target and the authorising headers of a request, and answers that nothing is there."""

    def __init__(self, target: str) -> None:
        super().__init__((_LOOPBACK, 0), _Handler)
        self.target = target
        self.noted: list[tuple[str, dict[str, str]]] = []


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    timeout = 5

    def do_GET(self) -> None:
        if self.path.startswith(self.server.target):
            headers = {name: value for name, value in self.headers.items() if _authorises(name.lower())}
            self.server.noted.append((self.path, headers))
        self.send_response(HTTPStatus.NOT_FOUND)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet: a target may have a token."""


def _authorises(header: str) -> bool:
    return header in ("authorization", "date") or header.startswith(("x-ms-", "x-goog-"))


@contextmanager
def _listening(target: str) -> Iterator[_Listener]:
    with _Listener(target) as listener:
        thread = Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield listener
        finally:
            listener.shutdown()
            thread.join()
