"""The pods of a scaled-out Job as processes of this machine, with mutual TLS."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.certificates import Authority
from tests.support.ports import free_port
from tests.support.project import COMMAND, Project

DEADLINE_SECONDS = 120


@dataclass
class Pods:
    """Processes of one Job; those that still run at the end are killed."""

    project: Project
    tls: Path
    leader: str
    processes: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def start(self, index: int, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start the pod with a completion index."""
        folder = self.project.folder
        with self.log(index).open("ab") as log:
            process = subprocess.Popen(
                [
                    *(*COMMAND, "analyze", "--plan", "schedule.json"),
                    *("--scale-out", "2", "--leader", self.leader, "--tls-dir", str(self.tls)),
                    *("--termination-log", f"message-{index}", *arguments),
                ],
                cwd=folder,
                env={**os.environ, "JOB_COMPLETION_INDEX": str(index)},
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def log(self, index: int) -> Path:
        """Return the log of a pod."""
        return self.project.folder / f"pod-{index}.log"

    def await_line(self, index: int, text: str, times: int = 1) -> None:
        """Wait until a pod has logged something so many times."""
        end = time.monotonic() + DEADLINE_SECONDS
        while self.log(index).read_text().count(text) < times:
            if time.monotonic() > end:
                raise TimeoutError(f"pod {index} did not say '{text}':\n{self.log(index).read_text()}")
            time.sleep(0.05)


@contextmanager
def pods_of(project: Project) -> Iterator[Pods]:
    """Give a Job's certificates and the address of its leader, a free port of this machine."""
    pods = Pods(project, write_certificates(project.folder / "tls"), f"tls://127.0.0.1:{free_port()}")
    try:
        yield pods
    finally:
        for process in pods.processes:
            process.kill()
            process.wait()


def write_certificates(folder: Path) -> Path:
    """Write `ca.crt`, `tls.crt` and `tls.key` of an authority of their own."""
    folder.mkdir()
    authority = Authority(folder, "ca")
    pair = authority.issue("run")
    shutil.move(pair.certificate, folder / "tls.crt")
    shutil.move(pair.key, folder / "tls.key")
    return folder
