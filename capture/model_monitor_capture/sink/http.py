"""HTTP/1.1 over asyncio, parsed by httptools, with a bound on everything that a client decides.

Requests are answered at once and in order by a function. What is announced or comes too large, too slow or
malformed is answered so, and its connection closed.
"""

import asyncio
from http import HTTPStatus
from typing import Final

import httptools

from model_monitor_capture.sink.messages import Answer, Request
from model_monitor_capture.sink.server import Server

MAX_HEAD: Final = 64 << 10
"""Bytes that a request may have before its body."""

_LEAVING_SECONDS: Final = 2
"""How long a client whose request was cut short has to read why."""

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(asyncio.Protocol):
    """One connection.

    Parameters
    ----------
    server
        What it belongs to.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._parser = httptools.HttpRequestParser(self)
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()
        self._is_idle = False  # the first request must come soon
        self._is_leaving = False
        self._messages = 0
        self._kept = 0
        self._start()

    def _start(self) -> None:
        self._limits = self._server.limits
        self._in_head = False
        self._head = 0
        self._target = b""
        self._headers: dict[str, bytes] = {}
        self._pieces: list[bytes] = []
        self._size = 0
        self._limit = self._limits.kept
        self._largest = self._limits.largest

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or refuse one connection too many."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a connection needs a stream")
        self._transport = transport
        full = len(self._server.connections) >= self._limits.connections
        self._server.connections.add(self)
        if full or self._server.is_ending:
            self._refuse(Answer(HTTPStatus.SERVICE_UNAVAILABLE, b"too many connections", 1))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 # asyncio's name
        """Forget the connection."""
        self._is_leaving = True
        self._server.connections.discard(self)
        self._release()

    def data_received(self, data: bytes) -> None:
        """Parse what came; all else follows from that."""
        if self._is_leaving:
            return
        if self._is_idle:
            self._is_idle, self._since = False, self._loop.time()
        message = self._messages if self._in_head else None
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # it was refused by its head
        except httptools.HttpParserCallbackError:
            self._refuse(Answer(HTTPStatus.INTERNAL_SERVER_ERROR))
            raise
        except httptools.HttpParserError:
            self._refuse(Answer(HTTPStatus.BAD_REQUEST, b"this is not HTTP"))
        if self._in_head and message == self._messages:
            self._head += len(data)
            self._check_head()

    def pause_writing(self) -> None:
        """Take no more requests from who does not read the answers."""
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Take requests again."""
        self._transport.resume_reading()

    # What httptools calls.

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._start()
        self._messages += 1
        self._in_head = True

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._head += len(name) + len(value)
        self._headers[name.decode("latin-1").lower()] = value

    def on_headers_complete(self) -> None:
        """Refuse what the head alone shows to be wrong."""
        self._in_head = False
        self._check_head()
        if self._is_leaving:
            return
        if self._server.wants_whole(self._headers):
            self._limit = self._largest = self._limits.whole
        length = self._headers.get("content-length", b"0")
        if self._parser.should_upgrade():
            self._refuse(Answer(HTTPStatus.BAD_REQUEST, b"only HTTP/1.1 is spoken here"))
        elif len(length) > len(str(self._largest)) or int(length) > self._largest:
            self._refuse_too_large()
        elif answer := self._server.refuse(self._request()):
            self._refuse(answer)
        elif self._headers.get("expect", b"").lower() == b"100-continue":
            self._transport.write(_CONTINUE)

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body, as far as it is wanted."""
        if self._is_leaving:
            return
        self._size += len(body)
        if self._size > self._largest:
            self._refuse_too_large()
            return
        piece = body[: max(0, self._limit - self._kept)]
        if piece:
            self._pieces.append(piece)
            self._kept += len(piece)
            self._server.pending += len(piece)
        if self._server.pending > self._limits.pending:
            text = b"too many bodies are under way"
            self._refuse(Answer(HTTPStatus.TOO_MANY_REQUESTS, text, 1))

    def on_message_complete(self) -> None:
        """Answer the request."""
        if self._is_leaving:
            return
        request = self._request()
        self._release()
        answer = self._server.handle(request)
        stays = self._parser.should_keep_alive() and not self._server.is_ending
        self._transport.write(answer.encoded(stays=stays))
        self._is_idle, self._since = True, self._loop.time()
        if not stays:
            self._is_leaving = True
            self._transport.close()

    # What the server calls.

    def check(self, now: float) -> None:
        """Close the connection if its time is over."""
        age = now - self._since
        if self._is_leaving:
            if age > _LEAVING_SECONDS:
                self._transport.abort()
        elif self._is_idle:
            if age > self._limits.idle_seconds:
                self.close_if_idle()
        elif age > (self._limits.body_seconds if self._has_head() else self._limits.head_seconds):
            self._refuse(Answer(HTTPStatus.REQUEST_TIMEOUT, b"the request took too long"))

    def close_if_idle(self) -> None:
        """Close the connection if nothing is under way on it."""
        if self._is_idle and not self._is_leaving:
            self._is_leaving, self._since = True, self._loop.time()
            self._transport.close()

    def _has_head(self) -> bool:
        return self._messages > 0 and not self._in_head

    def _request(self) -> Request:
        method = self._parser.get_method().decode("latin-1")
        body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        return Request(method, self._target.decode("latin-1"), self._headers, body, self._size > len(body))

    def _check_head(self) -> None:
        if self._head > MAX_HEAD:
            self._refuse(Answer(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, b"the headers are too long"))

    def _refuse_too_large(self) -> None:
        text = f"the body has more than {self._largest} bytes".encode()
        self._refuse(Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text))

    def _refuse(self, answer: Answer) -> None:
        """Answer, read no more, and leave the client a moment to read the answer."""
        if self._is_leaving:
            return
        self._is_leaving, self._since = True, self._loop.time()
        self._release()
        self._server.refused(answer.status)
        self._transport.write(answer.encoded(stays=False))
        self._transport.pause_reading()
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def _release(self) -> None:
        self._server.pending -= self._kept
        self._kept = 0
        self._pieces = []
