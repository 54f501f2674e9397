"""kopf, reduced to watching: it tells what it sees, and writes nothing.

Of the API server kopf needs discovery, and `list` and `watch` on the watched kinds; with `scanning` disabled
it looks at neither namespaces nor CRDs.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, Final

import aiohttp
import kopf
from kubernetes.client.configuration import Configuration

from model_monitor_operator.cluster.cache import WATCHED
from model_monitor_operator.cluster.session import Observer, observed_session
from model_monitor_operator.objects import RESOURCES, Object

_log = logging.getLogger(__name__)

_WATCH_SECONDS: Final = 100
"""After this long the API server ends a watch, and the next begins where it ended; see `life`."""

_BEAT_SECONDS: Final = 1.0

_END_SECONDS: Final = 8.0
"""For kopf to end."""

_LINGER_SECONDS: Final = 0.5
"""For encrypted connections to take their leave, which closing a session does not wait for."""


class _NoEssence(kopf.DiffBaseStorage):
    """Nothing is kept of what was handled last: kopf would copy every object that it sees to compare it."""

    def build(self, **_: Any) -> kopf.BodyEssence:
        """Return that nothing of an object is compared."""
        return kopf.BodyEssence({})

    def fetch(self, **_: Any) -> None:
        """Return that nothing was handled before."""

    def store(self, **_: Any) -> None:
        """Keep nothing."""


Seen = Callable[[str | None, Object], None]
"""Takes the type of an event (None for an object that was listed) and the object."""


class Watching:
    """All watches, in a thread with an event loop of its own.

    Parameters
    ----------
    how
        How the API server is reached.
    namespaces
        Where to watch; everywhere if there is none.
    seen
        Told of every object that is seen; must be quick.
    observer
        Told what kopf asks of the API server.
    ended
        Called when the thread ends, for whatever reason.
    """

    def __init__(
        self,
        how: Configuration,
        namespaces: Sequence[str],
        seen: Seen,
        observer: Observer,
        ended: Callable[[], None],
    ) -> None:
        self._how = how
        self._namespaces = namespaces
        self._seen = seen
        self._observer = observer
        self._ended = ended
        self._stop = threading.Event()
        self._beat = monotonic()
        self._sessions: list[aiohttp.ClientSession] = []
        self._thread = threading.Thread(target=self._run, name="watching", daemon=True)

    def start(self) -> None:
        """Let the thread begin."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """End all watches, for which is waited so long."""
        self._stop.set()
        self._thread.join(seconds)

    @property
    def silence(self) -> float:
        """For how many seconds the event loop has not turned."""
        return monotonic() - self._beat

    def _run(self) -> None:
        runner = asyncio.Runner()
        try:
            if runner.run(self._main()):
                runner.close()  # which waits for all that still runs
        except Exception:  # noqa: BLE001 - whatever it was, the process ends
            _log.exception("watching failed")
        finally:
            self._stop.set()  # lets the thread end in which kopf waits for it
            self._ended()

    async def _main(self) -> bool:
        """Watch until told to stop, or until a part of kopf fails; return whether all of it ended."""
        before = asyncio.all_tasks()
        parts = await kopf.spawn_tasks(
            registry=self._registry(),
            settings=_settings(),
            standalone=True,
            clusterwide=not self._namespaces,
            namespaces=list(self._namespaces),
            stop_flag=self._stop,
        )
        pulse = asyncio.create_task(self._pulse())
        running = asyncio.create_task(kopf.run_tasks(parts, ignored={*before, pulse}))
        await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        if not self._stop.is_set():
            self._stop.set()
            self._ended()
            # When one watch fails, kopf ends the others in a way that they miss, and waits for them for ever.
            for task in asyncio.all_tasks():
                if task.get_name().startswith("watcher for "):
                    task.cancel()
        await asyncio.wait([running], timeout=_END_SECONDS)
        pulse.cancel()
        for session in self._sessions:
            await session.close()
        await asyncio.sleep(_LINGER_SECONDS)
        failed = running.exception() if running.done() and not running.cancelled() else None
        if failed is not None:
            _log.error("watching failed: %s", failed, exc_info=failed)
        if not running.done():
            _log.warning("watching has not ended after %.0f s", _END_SECONDS)
        return running.done()

    async def _pulse(self) -> None:
        while True:
            self._beat = monotonic()
            await asyncio.sleep(_BEAT_SECONDS)

    def _registry(self) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()

        async def login(**_: Any) -> kopf.AiohttpSession:
            session = observed_session(self._how, self._observer)
            self._sessions.append(session)
            return kopf.AiohttpSession(server=self._how.host, aiohttp_session=session)

        async def seen(event: Any, **_: Any) -> None:
            try:
                self._seen(event["type"], event["object"])
            except Exception:  # noqa: BLE001 - kopf would not call again for this event
                _log.exception("an event was not understood")

        kopf.on.login(id="login", registry=registry)(login)
        for kind in WATCHED:
            resource = RESOURCES[kind]
            kopf.on.event(
                group=resource.group,
                version=resource.version,
                plural=resource.plural,
                id=f"seen-{resource.plural}",
                registry=registry,
            )(seen)
        return registry


def _settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.persistence.diffbase_storage = _NoEssence()
    settings.scanning.disabled = True
    settings.process.ultimate_exiting_timeout = None
    settings.networking.request_timeout = 60
    settings.networking.connect_timeout = 10
    settings.watching.server_timeout = _WATCH_SECONDS
    # For servers that do not end it.
    settings.watching.client_timeout = _WATCH_SECONDS + 10
    for kind, selector in WATCHED.items():
        if selector:
            resource = RESOURCES[kind]
            settings.watching.label_selectors[resource.group, resource.version, resource.plural] = selector
    return settings
