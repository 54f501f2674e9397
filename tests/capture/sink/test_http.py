"""The HTTP server by itself: bounds that a test reaches with small limits."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest

from model_monitor_capture.sink import http
from model_monitor_capture.sink.http import MAX_HEAD, Connection
from model_monitor_capture.sink.messages import Answer, Request
from model_monitor_capture.sink.server import Limits, Server


@pytest.fixture(autouse=True)
def _no_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """Close what was refused with the next sweep: these clients read at once."""
    monkeypatch.setattr(http, "_LEAVING_SECONDS", 0)


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"


def small(**fields: float) -> Limits:
    limits = Limits(largest=1000, kept=1000, whole=1000)
    for name, value in fields.items():
        setattr(limits, name, value)
    return limits


class Served:
    """A server that answers with the length of what it got."""

    def __init__(self, limits: Limits, padding: int = 0) -> None:
        self._padding = b" " * padding
        self.requests: list[Request] = []
        self.refused: list[int] = []
        self.server = Server(self.answer, limits, refused=self.refused.append)

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        return Answer(200, self._padding + f"{len(request.body)}".encode())

    @asynccontextmanager
    async def connected(self, count: int = 1) -> AsyncIterator[list[Stream]]:
        loop = asyncio.get_running_loop()
        listener = await loop.create_server(partial(Connection, self.server), "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]
        try:
            yield streams
        finally:
            listener.close()
            for _, writer in streams:
                writer.transport.abort()
            while self.server.connections:
                self.server.sweep()
                await asyncio.sleep(0.01)
            await asyncio.sleep(0)


async def answered(reader: asyncio.StreamReader) -> bytes:
    """Return all that comes until the server closes."""
    return await asyncio.wait_for(reader.read(), 10)


async def until(condition: Callable[[], object]) -> None:
    async def wait() -> None:
        while not condition():
            await asyncio.sleep(0.01)

    await asyncio.wait_for(wait(), 10)


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await asyncio.wait_for(test(), 60)

    asyncio.run(main())


def test_bodies_under_way_are_bounded_and_their_bytes_given_back() -> None:
    async def test() -> None:
        served = Served(small(pending=1500))
        async with served.connected(3) as streams:
            for _, writer in streams[:2]:
                writer.write(POST % 900 + b"x" * 800)
            answer = await answered(streams[1][0])
            assert answer.startswith(b"HTTP/1.1 429 ")
            assert b"\r\nRetry-After: 1\r\n" in answer
            assert served.server.pending == 800
            streams[0][1].write(b"x" * 100)
            await until(lambda: served.requests)
            assert served.server.pending == 0
            streams[2][1].write(POST % 900 + b"x" * 100)
            await until(lambda: served.server.pending == 100)
            streams[2][1].close()
            await until(lambda: served.server.pending == 0)
        assert served.refused == [429]

    run(test)


def test_one_connection_too_many_is_told_to_come_again() -> None:
    async def test() -> None:
        served = Served(small(connections=2))
        async with served.connected(3) as streams:
            refused = await answered(streams[2][0])
            assert refused.startswith(b"HTTP/1.1 503 ")
            streams[0][1].write(POST % 1 + b"x")
            await until(lambda: served.requests)

    run(test)


def test_who_reads_no_answers_is_read_no_more() -> None:
    async def test() -> None:
        served = Served(small(), padding=2000)
        async with served.connected() as [(reader, writer)]:
            transport = writer.transport
            assert isinstance(transport, asyncio.Transport)
            transport.pause_reading()
            writer.write((POST % 0) * 50_000)  # a hundred megabytes of answers
            before = -1
            while before != len(served.requests):
                before = len(served.requests)
                await asyncio.sleep(0.5)
            assert 0 < before < 50_000
            transport.resume_reading()
            while len(served.requests) == before:
                await reader.read(1 << 20)

    run(test)


def test_a_head_in_pieces_is_bounded() -> None:
    async def test() -> None:
        served = Served(small())
        async with served.connected() as [(reader, writer)]:
            writer.write(b"POST / HTTP/1.1\r\nX: ")
            for _ in range(MAX_HEAD // 1024 + 2):
                writer.write(b"x" * 1024)
                await writer.drain()
                await asyncio.sleep(0.001)
            assert (await answered(reader)).startswith(b"HTTP/1.1 431 ")

    run(test)


def test_large_pieces_of_many_requests_are_no_long_head() -> None:
    async def test() -> None:
        served = Served(small())
        one = POST % 900 + b"x" * 900
        async with served.connected() as [(_, writer)]:
            writer.write(one * 300 + one[:20])
            await until(lambda: len(served.requests) == 300)
            writer.write(one[20:] + one * 10)
            await until(lambda: len(served.requests) == 311)
        assert served.refused == []

    run(test)


def test_a_chunked_body_without_a_length_is_bounded() -> None:
    async def test() -> None:
        served = Served(small())
        async with served.connected() as [(reader, writer)]:
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            writer.write(b"12c\r\n" + b"x" * 300 + b"\r\n")
            writer.write(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
            assert (await answered(reader)).startswith(b"HTTP/1.1 413 ")
        assert served.requests == []

    run(test)


def test_time_is_over_for_heads_bodies_and_idle_connections() -> None:
    async def test() -> None:
        served = Served(small(head_seconds=0.2, body_seconds=0.6, idle_seconds=0.2))
        async with served.connected(3) as streams:
            (slow, head), (late, body), (idle, done) = streams
            head.write(b"POST / HT")
            body.write(POST % 10 + b"x")
            done.write(POST % 1 + b"x")
            await until(lambda: served.requests)
            await asyncio.sleep(0.3)
            served.server.sweep()
            assert (await answered(slow)).startswith(b"HTTP/1.1 408 ")
            assert (await answered(idle)).endswith(b"\r\n\r\n1")
            body.write(b"x" * 9)
            await until(lambda: len(served.requests) == 2)
            body.write(POST % 10 + b"x")
            await asyncio.sleep(0.7)
            served.server.sweep()
            assert b"HTTP/1.1 408 " in await answered(late)

    run(test)


def test_a_server_that_ends_closes_idle_connections_and_the_others_with_their_answer() -> None:
    async def test() -> None:
        served = Served(small())
        async with served.connected(2) as [(idle, first), (busy, second)]:
            first.write(POST % 1 + b"x")
            second.write(POST % 2 + b"x")
            await until(lambda: served.requests)
            served.server.end()
            assert (await answered(idle)).endswith(b"\r\n\r\n1")
            second.write(b"x")
            assert b"\r\nConnection: close\r\n" in await answered(busy)

    run(test)


def test_http_1_0_is_answered_and_closed() -> None:
    async def test() -> None:
        served = Served(small())
        async with served.connected() as [(reader, writer)]:
            writer.write(b"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nab")
            assert (await answered(reader)).endswith(b"\r\n\r\n2")

    run(test)
