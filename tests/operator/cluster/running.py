"""A whole operator in this process, against a real API server."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from prometheus_client import CollectorRegistry

from model_monitor_operator.cluster.client import Client
from model_monitor_operator.cluster.connection import Connection, configuration
from model_monitor_operator.cluster.operator import Operator
from model_monitor_operator.settings import Settings
from tests.cluster.waiting import wait_for
from tests.operator.cluster.toy import Toy

READY_SECONDS = 60


def build(kubeconfig: Path, toy: Toy, *namespaces: str, server: str = "") -> Operator:
    """Return an operator whose only reconcile is the toy's; `server` overrides the kubeconfig's address."""
    how = configuration(kubeconfig, 8)
    how.host = server or how.host
    settings = Settings(analyzer_image="analyzer", namespaces=list(namespaces))
    return Operator(settings, how, {"DataCapture": toy}, CollectorRegistry())


@contextmanager
def running(operator: Operator, status: int = 0, *, ready: bool = True) -> Iterator[Operator]:
    """Run an operator until the context ends; it must end with this exit status."""
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(operator.run)
        try:
            if ready:
                wait_for(lambda: operator.unreadiness() is None, READY_SECONDS, "a ready operator")
            yield operator
            if status != 0:
                wait_for(ended.done, 60, "an operator that ends by itself")
        finally:
            operator.stop()
        assert ended.result(timeout=60) == status


@contextmanager
def client_of(kubeconfig: Path) -> Iterator[Client]:
    """Return the operator's client, as the user of a kubeconfig."""
    connection = Connection(configuration(kubeconfig, 4))
    yield Client(connection)
    connection.close()


class Gate:
    """A door in front of an API server that a test may close: whoever is inside is thrown out."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open = True
        self._lock = threading.Lock()
        self._inside: list[socket.socket] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def server(self) -> str:
        """The address in front of the door."""
        return f"https://127.0.0.1:{self._door.getsockname()[1]}"

    def close(self) -> None:
        """Throw everybody out and let nobody in."""
        with self._lock:
            self._open = False
            for each in self._inside:
                _hang_up(each)
            self._inside.clear()

    def open(self) -> None:
        """Let everybody in again."""
        with self._lock:
            self._open = True

    def end(self) -> None:
        """Take the door away."""
        self.close()
        _hang_up(self._door)

    def _serve(self) -> None:
        while True:
            try:
                outer, _ = self._door.accept()
            except OSError:
                return
            with self._lock:
                try:
                    inner = socket.create_connection(("127.0.0.1", self._port)) if self._open else None
                except OSError:
                    inner = None
                if inner is None:
                    _hang_up(outer)
                    continue
                self._inside += [outer, inner]
            for pair in ((outer, inner), (inner, outer)):
                threading.Thread(target=_pump, args=pair, daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    _hang_up(source)
    _hang_up(target)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
