"""The sink's core behind aiohttp, for comparison: no limits, no timeouts, no drain."""

import argparse
import asyncio
from pathlib import Path

from aiohttp import web

from model_monitor_capture.sink.messages import Request
from model_monitor_capture.sink.metrics import Metrics
from model_monitor_capture.sink.settings import load_settings
from model_monitor_capture.sink.sink import Sink
from model_monitor_capture.sink.spool import SpoolWriter


async def serve(path: Path) -> None:
    settings = load_settings(path)
    sink = Sink(settings, SpoolWriter(Path(settings.spool)), Metrics())

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        headers = {name.decode().lower(): value for name, value in request.raw_headers}
        answer = sink.handle(Request(request.method, request.path, headers, body, truncated=False))
        return web.Response(status=answer.status, body=answer.text)

    runner = web.ServerRunner(web.Server(handle, auto_decompress=False, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, settings.listen_address, settings.listen_port).start()
    while True:
        await asyncio.sleep(0.5)
        sink.tick()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    asyncio.run(serve(parser.parse_args().config))
