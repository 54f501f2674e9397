"""What capture is elsewhere: a process in the path of requests that copies bodies and posts them as events.

    .venv/bin/python benchmarks/capture_gateway/logger.py PORT MODEL_PORT

It does what the logger of KServe's agent does: it hands a request on, keeps both bodies in memory, and has
workers post a CloudEvent for each from a bounded queue. Where the queue is full, events are dropped.
"""

import asyncio
import contextlib
import sys
import uuid
from collections.abc import AsyncIterator
from typing import NamedTuple

from aiohttp import ClientSession, TCPConnector, web

QUEUE = 100
WORKERS = 5


class Event(NamedTuple):
    """One body on its way to the sink."""

    id: str
    type: str
    content_type: str
    body: bytes


class Logger:
    """Hands requests on to the model and their copies to the sink."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._queue: asyncio.Queue[Event] = asyncio.Queue(QUEUE)

    async def run(self, _: web.Application) -> AsyncIterator[None]:
        """Post events for as long as the application runs."""
        async with ClientSession(connector=TCPConnector(limit=0), auto_decompress=False) as self._session:
            workers = [asyncio.create_task(self._post()) for _ in range(WORKERS)]
            yield
            for worker in workers:
                worker.cancel()

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        name = request.headers.get("X-Request-Id") or str(uuid.uuid4())
        kind = request.headers.get("Content-Type", "")
        self._log(Event(name, "org.kubeflow.serving.inference.request", kind, body))
        headers = {"Content-Type": kind}
        async with self._session.request(
            request.method, self._model + request.path_qs, data=body, headers=headers
        ) as answer:
            body, kind = await answer.read(), answer.headers.get("Content-Type", "")
        self._log(Event(name, "org.kubeflow.serving.inference.response", kind, body))
        return web.Response(status=answer.status, body=body, headers={"Content-Type": kind})

    def _log(self, event: Event) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self._queue.put_nowait(event)

    async def _post(self) -> None:
        while True:
            event = await self._queue.get()
            headers = {
                "Ce-Id": event.id,
                "Ce-Type": event.type,
                "Ce-Source": "benchmark",
                "Ce-Specversion": "1.0",
                "Content-Type": event.content_type,
            }
            async with self._session.post(
                self._model + "/events", data=event.body, headers=headers
            ) as answer:
                await answer.read()


def main() -> None:
    logger = Logger(f"http://127.0.0.1:{sys.argv[2]}")
    application = web.Application(client_max_size=1 << 30)
    application.router.add_route("*", "/{path:.*}", logger.handle)
    application.cleanup_ctx.append(logger.run)
    web.run_app(application, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)


if __name__ == "__main__":
    main()
