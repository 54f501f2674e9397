"""A proxy between an operator and its API server that a test may make treacherous."""

import http.client
import ssl
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

from tests.cluster.cluster import write_kubeconfig
from tests.cluster.control_plane import ControlPlane

Watches = Literal["pass", "swallow", "hold"]
"""What becomes of answers to watches: they pass, begin but tell nothing, or never begin."""

_HOPS = {"connection", "transfer-encoding", "content-length", "keep-alive", "host"}
"""Headers that are each connection's own."""


class Proxy:
    """Passes on what it is asked, over plain HTTP, as an administrator of the cluster.

    Parameters
    ----------
    cluster
        Whom it asks.
    wrote
        Told of every write once the API server has done it, before the answer is passed on; true if whoever
        asked is dead by then. Writes go through one at a time.
    """

    def __init__(self, cluster: ControlPlane, wrote: Callable[[str], bool] = lambda _what: False) -> None:
        pair = cluster.authority.issue(f"proxy-{uuid.uuid4().hex[:8]}", groups=("system:masters",))
        self.context = ssl.create_default_context(cafile=str(cluster.authority.certificate))
        self.context.load_cert_chain(pair.certificate, pair.key)
        self.address = (cluster.layout.address, cluster.layout.api_port)
        self.wrote = wrote
        self.watches: Watches = "pass"
        self.writing = threading.Lock()
        self.life = 0
        """Whoever connected in an earlier life is dead."""
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def kubeconfig(self, path: Path) -> Path:
        """Write a kubeconfig that leads here, and return its path."""
        port = self._server.server_address[1]
        return write_kubeconfig(path, f"http://127.0.0.1:{port}", "", {})

    def end(self) -> None:
        """Take the proxy away."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: here somebody always dies in the middle of a request."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        proxy = self.server.proxy
        self.life = proxy.life
        self.upstream = http.client.HTTPSConnection(*proxy.address, context=proxy.context, timeout=130)

    def finish(self) -> None:
        self.upstream.close()
        with suppress(OSError):
            super().finish()

    def do_GET(self) -> None:
        if "watch=" in self.path:
            self._watch()
        else:
            self._answer(*self._ask())

    def do_POST(self) -> None:
        self._write()

    def do_PATCH(self) -> None:
        self._write()

    def do_DELETE(self) -> None:
        self._write()

    def _write(self) -> None:
        proxy = self.server.proxy
        body = self._body()
        with proxy.writing:
            if self.life != proxy.life:
                self.close_connection = True
                return
            answer, content = self._ask(body)
            if proxy.wrote(f"{self.command} {self.path.partition('?')[0]}"):
                proxy.life += 1
                self.close_connection = True
                return
        self._answer(answer, content)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _begin(self, body: bytes = b"") -> http.client.HTTPResponse:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOPS}
        self.upstream.request(self.command, self.path, body or None, headers)
        return self.upstream.getresponse()

    def _ask(self, body: bytes = b"") -> tuple[http.client.HTTPResponse, bytes]:
        answer = self._begin(body)
        return answer, answer.read()

    def _answer(self, answer: http.client.HTTPResponse, content: bytes) -> None:
        self._head(answer, {"Content-Length": str(len(content))})
        self.wfile.write(content)

    def _head(self, answer: http.client.HTTPResponse, own: dict[str, str]) -> None:
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {*_HOPS, "date", "server"}:
                self.send_header(name, value)
        for name, value in own.items():
            self.send_header(name, value)
        self.end_headers()

    def _watch(self) -> None:
        proxy = self.server.proxy
        self.close_connection = True
        held = False
        while proxy.watches == "hold":
            held = True
            time.sleep(0.2)
        if held:
            return
        with self._begin() as answer:
            self._head(answer, {"Transfer-Encoding": "chunked"})
            while content := answer.read1(65536):
                if proxy.watches == "pass":
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        """Say nothing."""
