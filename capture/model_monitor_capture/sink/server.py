"""What the connections of the sink's address share: its bounds, and who is there."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from model_monitor_capture.sink.messages import Answer, Request


class Connected(Protocol):
    """One connection, as its server sees it."""

    def check(self, now: float) -> None:
        """Close it if its time is over."""

    def close_if_idle(self) -> None:
        """Close it if nothing is under way on it."""


@dataclass
class Limits:
    """Bounds of a server.

    Attributes
    ----------
    largest
        Bytes of a body that are taken at all.
    kept
        Bytes of a body that are kept.
    whole
        Bytes that a body may have which is needed as a whole.
    connections
        Connections at a time.
    pending
        Bytes of unfinished bodies, of all connections.
    head_seconds, body_seconds
        How long the head and the whole of a request may take.
    idle_seconds
        How long a connection may lie idle; longer than clients keep theirs, which then meet no closing.
    """

    largest: int
    kept: int
    whole: int = 0
    connections: int = 2000
    pending: int = 256 << 20
    head_seconds: float = 10
    body_seconds: float = 60
    idle_seconds: float = 120


@dataclass
class Server:
    """What the connections of one address share.

    Attributes
    ----------
    handle
        Answers a whole request.
    refuse
        Looks at a request's head; answers it if its body need not come.
    wants_whole
        Whether a body is needed as a whole, given the headers.
    refused
        Told of each request that was answered without `handle`.
    limits
        Bounds.
    """

    handle: Callable[[Request], Answer]
    limits: Limits
    refuse: Callable[[Request], Answer | None] = lambda _: None
    wants_whole: Callable[[Mapping[str, bytes]], bool] = lambda _: False
    refused: Callable[[int], None] = lambda _: None
    connections: set[Connected] = field(default_factory=set)
    pending: int = 0
    is_ending: bool = False

    def sweep(self) -> None:
        """Close the connections whose time is over; to be called each second."""
        now = asyncio.get_running_loop().time()
        for connection in tuple(self.connections):
            connection.check(now)

    def end(self) -> None:
        """Close connections once nothing is under way on them."""
        self.is_ending = True
        for connection in tuple(self.connections):
            connection.close_if_idle()
