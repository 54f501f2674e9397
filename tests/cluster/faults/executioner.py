"""Somebody who kills an operator again and again."""

import threading

from tests.cluster.faults.proxy import Proxy
from tests.cluster.faults.together import Scene


class Executioner:
    """Kills an operator right after each of its writes, and starts it again.

    It remembers nothing, so that killing it before the next write would come to the same.
    """

    def __init__(self, scene: Scene) -> None:
        self.killed: list[str] = []
        self._mercy = threading.Event()
        self._hands = threading.Lock()
        self._proxy = Proxy(scene.control_plane, self._wrote)
        scene.end_with(self._proxy.end)
        self.operator = scene.new_operator(self._proxy.kubeconfig(scene.home / "proxy.kubeconfig"))
        self._thread = threading.Thread(target=self._revive, daemon=True)
        self._thread.start()

    def have_mercy(self) -> None:
        """Let it live from now on."""
        with self._proxy.writing:
            self._mercy.set()
        self._thread.join()
        # What a thread has started ends with it.
        self.operator.restart()

    def _wrote(self, what: str) -> bool:
        if self._mercy.is_set():
            return False
        with self._hands:
            self.operator.process.kill()
        self.killed.append(what)
        return True

    def _revive(self) -> None:
        while not self._mercy.wait(0.1):
            with self._hands:
                if not self.operator.process.running:
                    self.operator.process.start()
