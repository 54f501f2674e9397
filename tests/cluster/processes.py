"""Programs that a test runs beside itself, stops, pauses, kills and starts again."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class Process:
    """A program with its log, which can be started again as it was.

    It gets a session of its own, so that Ctrl-C at a terminal reaches the tests alone and they end it in
    order; where the system can, it dies with the tests should they be killed.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        home: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log_file = home / f"{name}.log"
        guard = shutil.which("setpriv")
        prefix = [guard, "--pdeathsig", "KILL", "--"] if guard else []
        self._command = [*prefix, *map(str, command)]
        self._environment = {**os.environ, **(environment or {})}
        self._home = home
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id; only while it runs."""
        assert self._running is not None, f"{self.name} was not started"
        return self._running.pid

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._running is not None and self._running.poll() is None

    def start(self) -> None:
        """Start it, or start it again, appending to its log."""
        assert not self.running, f"{self.name} runs already"
        with self.log_file.open("ab") as log:
            self._running = subprocess.Popen(
                self._command,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=self._home,
                env=self._environment,
                start_new_session=True,
            )

    def stop(self, seconds: float = 10) -> None:
        """Ask it to end, and kill it if it has not after so many seconds; harmless when it does not run."""
        if self._running is None:
            return
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        try:
            self._running.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        self._running = None

    def kill(self) -> None:
        """End it without a chance to do anything, as `kill -9` does."""
        if self._running is not None:
            self._signal(signal.SIGKILL)
            self._running.wait()
            self._running = None

    def pause(self) -> None:
        """Make it hang: connections to it stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after a pause."""
        self._signal(signal.SIGCONT)

    def tail(self, lines: int = 20) -> str:
        """Return the last lines of its log."""
        text = self.log_file.read_text(errors="replace") if self.log_file.exists() else ""
        return "\n".join([f"--- {self.name}", *text.splitlines()[-lines:]])

    def _signal(self, number: signal.Signals) -> None:
        if self._running is not None and self._running.poll() is None:
            os.killpg(self._running.pid, number)
