"""Requests byte by byte: what well-behaved clients do not send must pass too."""

import socket
from typing import NamedTuple


class Answer(NamedTuple):
    """A response as it came."""

    status: int
    headers: dict[str, str]
    body: bytes


def exchange(port: int, request: bytes, timeout: float = 60) -> bytes:
    """Send bytes and return all that comes back until the other side closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        connection.sendall(request)
        pieces = []
        while piece := connection.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def request(
    port: int, body: bytes = b"", *, path: str = "/echo", method: str = "POST", **headers: str | bytes
) -> Answer:
    """Send a request and return the answer; `_` in the name of a header stands for `-`."""
    lines = [f"{method} {path} HTTP/1.1".encode(), b"Host: gateway", b"Connection: close"]
    lines += [f"Content-Length: {len(body)}".encode()]
    for name, value in headers.items():
        raw = value.encode() if isinstance(value, str) else value
        lines.append(name.replace("_", "-").encode() + b": " + raw)
    return parse(exchange(port, b"\r\n".join([*lines, b"", body])))


def parse(raw: bytes) -> Answer:
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *fields = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    if headers.get("transfer-encoding") == "chunked":
        body = _unchunked(body)
    return Answer(int(status.split()[1]), headers, body)


def _unchunked(raw: bytes) -> bytes:
    pieces: list[bytes] = []
    while raw:
        size, _, raw = raw.partition(b"\r\n")
        if not int(size, 16):
            return b"".join(pieces)
        pieces.append(raw[: int(size, 16)])
        raw = raw[int(size, 16) + 2 :]
    return b"".join(pieces)
