"""A small real model server: it answers as the path says."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Model:
    """A running server, and what it was asked."""

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    headers: list[tuple[tuple[bytes, bytes], ...]] = field(default_factory=list)

    async def echo(self, request: web.Request) -> web.StreamResponse:
        """Answer with the request's body and content type."""
        body = await self._received(request)
        headers = {
            name: request.headers[name]
            for name in ("Content-Type", "Content-Encoding")
            if name in request.headers
        }
        return web.Response(body=body, headers=headers)

    async def status(self, request: web.Request) -> web.StreamResponse:
        """Fail."""
        await self._received(request)
        return web.json_response({"error": "no"}, status=int(request.match_info["status"]))

    async def count(self, request: web.Request) -> web.StreamResponse:
        """Answer with the size of the request's body, and keep nothing of it."""
        size = 0
        async for piece in request.content.iter_any():
            size += len(piece)
        return web.Response(text=str(size))

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Send three events, each once the client has said on another request that it has the one before."""
        await self._received(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for number in range(3):
            await response.write(f"data: {number}\n\n".encode())
            await self._acknowledged.acquire()
        return response

    async def acknowledge(self, _: web.Request) -> web.StreamResponse:
        self._acknowledged.release()
        return web.Response(status=204)

    async def sleep(self, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(float(request.match_info["seconds"]))
        return web.Response(text="late")

    async def websocket(self, request: web.Request) -> web.StreamResponse:
        """Send back what comes."""
        response = web.WebSocketResponse()
        await response.prepare(request)
        async for message in response:
            await response.send_str(message.data)
        return response

    async def _received(self, request: web.Request) -> bytes:
        self.headers.append(request.raw_headers)
        body = await request.read()
        self.bodies.append(body)
        return body

    def application(self) -> web.Application:
        self._acknowledged = asyncio.Semaphore(0)
        application = web.Application(client_max_size=1 << 30)
        application.router.add_route("*", "/echo", self.echo)
        application.router.add_route("*", "/status/{status}", self.status)
        application.router.add_route("*", "/sleep/{seconds}", self.sleep)
        application.router.add_post("/count", self.count)
        application.router.add_post("/events", self.events)
        application.router.add_post("/acknowledge", self.acknowledge)
        application.router.add_get("/websocket", self.websocket)
        return application


@contextmanager
def model() -> Iterator[Model]:
    """Serve until the context ends."""
    served = Model()
    loop = asyncio.new_event_loop()
    started = threading.Event()

    async def start() -> web.AppRunner:
        runner = web.AppRunner(
            served.application(), auto_decompress=False, handler_cancellation=True, shutdown_timeout=0
        )
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        served.port = runner.addresses[0][1]
        return runner

    def run() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(start())
        started.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    started.wait()
    try:
        yield served
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
