"""The operator as a process of its own, which a test starts, kills, pauses and starts again."""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.cluster.processes import Process
from tests.cluster.waiting import wait_for
from tests.support.ports import free_port

START_SECONDS = 120
"""A start takes two seconds where nobody else wants the processor."""


class OperatorProcess:
    """`python -m model_monitor_operator`, with its settings, its log and its probes.

    Parameters
    ----------
    home
        A directory for its files.
    kubeconfig
        As whom it acts.
    namespaces
        What it watches; everything if empty.
    ahead
        By how many seconds its clock is ahead of everybody else's.
    settings
        Further settings.
    """

    def __init__(
        self,
        home: Path,
        kubeconfig: Path,
        namespaces: Sequence[str] = (),
        *,
        ahead: int = 0,
        **settings: Any,
    ) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._port = free_port()
        config = home / "config.yaml"
        content = {"analyzerImage": "analyzer:1", "metricsPort": self._port, "namespaces": [*namespaces]}
        config.write_text(json.dumps(content | settings))
        command = [sys.executable, "-m", "model_monitor_operator"]
        command += ["--config", str(config), "--kubeconfig", str(kubeconfig)]
        if ahead:
            command = ["faketime", "-f", f"{ahead:+d}", *command]
        # Waiting threads ask the clock that only ever goes on, and must not be lied to.
        self.process = Process("operator", command, home, {"FAKETIME_DONT_FAKE_MONOTONIC": "1"})

    def start(self) -> None:
        """Start it, or start it again, and wait until it is ready."""
        self.process.start()
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until it says that it is ready."""
        try:
            wait_for(lambda: self.unreadiness() is None, START_SECONDS, "a ready operator", pause=0.2)
        except AssertionError as problem:
            raise AssertionError(f"{problem}\n{self.process.tail()}") from None

    def restart(self) -> None:
        """Kill it with -9 and start it again."""
        self.process.kill()
        self.start()

    def unreadiness(self) -> str | None:
        """Return why it is not ready, as `/readyz` says; None if it is."""
        return self._probe("readyz")

    def illness(self) -> str | None:
        """Return why it should be killed, as `/livez` says; None if it lives."""
        return self._probe("livez")

    def metrics(self) -> dict[str, float]:
        """Return its metrics by name and labels, as they are written."""
        text = self._get("metrics").decode()
        rows = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in rows}

    def log(self) -> list[dict[str, Any]]:
        """Return what it has logged, in all its lives; what is no document is a crash."""
        lines = self.process.log_file.read_text().splitlines()
        return [json.loads(line) for line in lines if line]

    def complaints(self) -> list[str]:
        """Return the warnings and errors that it has logged."""
        return [each["message"] for each in self.log() if each["level"] in ("warning", "error", "critical")]

    def _probe(self, path: str) -> str | None:
        try:
            self._get(path)
        except urllib.error.HTTPError as problem:
            return problem.read().decode().strip()
        except OSError as problem:
            assert self.process.running, f"the operator has ended\n{self.process.tail()}"
            return str(problem)
        return None

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/{path}", timeout=30) as answer:
            content: bytes = answer.read()
        return content
