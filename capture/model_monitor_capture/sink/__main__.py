"""`model-monitor-sink`: take a payload logger's events and write records until told to end."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from prometheus_client import start_http_server

from model_monitor_api.settings import SettingsError
from model_monitor_capture.sink.admin import Admin
from model_monitor_capture.sink.http import Connection
from model_monitor_capture.sink.metrics import Metrics
from model_monitor_capture.sink.server import Limits, Server
from model_monitor_capture.sink.settings import SinkSettings, load_settings
from model_monitor_capture.sink.sink import Sink, needs_whole, refuse_head
from model_monitor_capture.sink.spool import SpoolWriter

LARGEST_BODY: Final = 100 << 20
"""Bytes of a request's body that are taken at all; `maxBodyBytes` of them are kept."""

_ENVELOPE: Final = 1 << 20
"""Bytes that an event in JSON, which must be read as a whole, may have besides its data."""

_BAD_INPUT: Final = 2
_TICK_SECONDS: Final = 0.5
_LAST_SECONDS: Final = 5
_BACKLOG: Final = 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sink and return its exit status: 0 once drained, 1 if records are left, 2 for bad input."""
    parser = argparse.ArgumentParser(prog="model-monitor-sink", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the settings, as YAML")
    path: Path = parser.parse_args(arguments).config
    try:
        settings = load_settings(path)
    except SettingsError as error:
        _tell(str(error))
        return _BAD_INPUT
    try:
        return asyncio.run(_serve(path, settings))
    except OSError as error:
        _tell(f"it can't be served: {error}")
        return _BAD_INPUT


async def _serve(path: Path, settings: SinkSettings) -> int:
    metrics = Metrics()
    spool = SpoolWriter(Path(settings.spool))
    sink = Sink(settings, spool, metrics)
    server = Server(sink.handle, _limits(settings), refuse_head, needs_whole, sink.refused)
    administration = Server(Admin(sink, spool).handle, Limits(largest=4096, kept=4096))
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    if settings.metrics_port:
        start_http_server(settings.metrics_port, registry=metrics.registry)
    # The socket's state tells the shipper one run from another: it appears once, as it stays.
    draft = f"{settings.admin_socket}.draft"
    admin = await loop.create_unix_server(partial(Connection, administration), draft)
    Path(draft).chmod(0o660)
    Path(draft).rename(settings.admin_socket)
    listener = await loop.create_server(
        partial(Connection, server), settings.listen_address, settings.listen_port, backlog=_BACKLOG
    )
    watched = _Watched(path)

    async def until(over: asyncio.Event, seconds: float) -> None:
        end = loop.time() + seconds
        while not over.is_set() and loop.time() < end:
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), _TICK_SECONDS)
            sink.tick()
            server.sweep()
            administration.sweep()
            changed = watched.changed()
            if changed is not None:
                sink.configure(changed)
                server.limits = _limits(changed)

    await until(stopping, float("inf"))
    sink.is_ending = True
    # The Service still sends here for a moment, and halves may still find each other.
    await until(asyncio.Event(), settings.linger_seconds)
    listener.close()
    server.end()
    last = loop.time() + _LAST_SECONDS
    while server.connections and loop.time() < last:
        await until(asyncio.Event(), _TICK_SECONDS)
        server.end()
    done = sink.end()
    if not done:
        _tell("records could not be written into the spool")
    admin.close()
    spool.close()
    return 0 if done else 1


def _limits(settings: SinkSettings) -> Limits:
    kept = settings.spec.max_body_bytes
    return Limits(largest=LARGEST_BODY, kept=kept, whole=min(2 * kept + _ENVELOPE, LARGEST_BODY))


class _Watched:
    """The settings' file: a ConfigMap that kubelet replaces."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = self._state()

    def changed(self) -> SinkSettings | None:
        """Return new settings if there are any that can be read."""
        state = self._state()
        if state is None or state == self._seen:
            return None
        self._seen = state
        try:
            settings = load_settings(self._path)
        except SettingsError as error:
            _tell(f"the settings stay as they are: {error}")
            return None
        _tell("new settings are taken up")
        return settings

    def _state(self) -> tuple[int, int] | None:
        try:
            state = self._path.stat()
        except OSError:
            return None
        return state.st_ino, state.st_mtime_ns


def _tell(text: str) -> None:
    sys.stderr.write(f"model-monitor-sink: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
