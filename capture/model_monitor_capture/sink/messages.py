"""Requests and answers of HTTP/1.1, as the sink and its administration have them."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple


class Request(NamedTuple):
    """A request as it came.

    Attributes
    ----------
    method
        Its method.
    target
        Path and query.
    headers
        Values by name in lower case; the last of several of a name.
    body
        The body; at most `Limits.kept` bytes of it where it is not needed as a whole.
    truncated
        Whether more came.
    """

    method: str
    target: str
    headers: Mapping[str, bytes]
    body: bytes
    truncated: bool


class Answer(NamedTuple):
    """What is answered.

    Attributes
    ----------
    status
        Its status.
    text
        A line that says why; or a document.
    retry_after
        Seconds after which it is worth trying again.
    """

    status: int
    text: bytes = b""
    retry_after: int | None = None

    def encoded(self, *, stays: bool) -> bytes:
        """Return it as it is sent.

        Parameters
        ----------
        stays
            Whether the connection stays open.
        """
        status = HTTPStatus(self.status)
        lines = [f"HTTP/1.1 {status.value} {status.phrase}", f"Content-Length: {len(self.text)}"]
        if self.text:
            lines.append("Content-Type: text/plain; charset=utf-8")
        if self.retry_after is not None:
            lines.append(f"Retry-After: {self.retry_after}")
        if not stays:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.text
