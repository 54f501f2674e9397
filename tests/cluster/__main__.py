"""A throw-away cluster for people: `python -m tests.cluster up`, and `down` when done with it.

`prepare` makes what takes minutes, which tests and `up` then find made.
"""

import argparse
import fcntl
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import Any, Final

from tests.cluster import binaries, images
from tests.cluster.cache import cache
from tests.cluster.cluster import ROOT
from tests.cluster.helm import CHART, helm
from tests.cluster.image_store import store_of
from tests.cluster.namespaces import lacking
from tests.cluster.node import NodeCluster, node_cluster
from tests.cluster.waiting import wait_for
from tests.support.s3 import CREDENTIALS, make_bucket, s3_server

STATE: Final = cache("cluster")
LOG: Final = STATE / "log"
READY: Final = STATE / "ready.json"
LOCK: Final = STATE / "lock"
KUBECONFIG: Final = STATE / "kubeconfig"
NAMESPACE: Final = "model-monitor-system"
UP_SECONDS: Final = 1800
"""A first start builds Kubernetes and the images."""


def main() -> int:
    """Carry out the command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    commands = {"up": up, "down": down, "prepare": prepare, "serve": serve}
    parser.add_argument("command", choices=commands, help="serve is what up runs behind itself")
    command = parser.parse_args().command
    STATE.mkdir(parents=True, exist_ok=True)
    return commands[command]()


def prepare() -> int:
    """Build Kubernetes and Helm, and the layers of the images where pods can run."""
    try:
        binaries.build_all()
    except binaries.BinariesMissingError as problem:
        _complain(f"note: {problem}")
        return 0
    if not lacking() and not store_of(images.bases()).is_dir():
        with node_cluster():
            _say("the images' layers are ready")
    return 0


def up() -> int:
    """Start a cluster that stays, unless there is one, and say how to use it."""
    reason = lacking()
    if reason:
        _complain(f"error: {reason}")
        return 2
    if _owner() is None:
        started = time.monotonic()
        READY.unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.cluster", "serve"]
        with LOG.open("wb") as log:
            server = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=ROOT, start_new_session=True
            )
        _say("starting a cluster; the first time builds Kubernetes and the images (ten minutes) ...")
        try:
            if not _wait_ready(server):
                _complain(LOG.read_text()[-4000:])
                _complain(f"error: no cluster; its log is {LOG}")
                return 1
        except KeyboardInterrupt:
            server.terminate()
            server.wait()
            return 130
        _say(f"ready in {time.monotonic() - started:.0f} s")
    _tell(json.loads(READY.read_text()))
    return 0


def down() -> int:
    """End the cluster, if there is one."""
    owner = _owner()
    if owner is None:
        _say("no cluster runs")
        return 0
    os.kill(owner, signal.SIGTERM)
    while _owner() is not None:
        time.sleep(0.1)
    _say("the cluster is gone")
    return 0


def serve() -> int:
    """Run the cluster until told to end."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    with ExitStack() as stack:
        lock = stack.enter_context(LOCK.open("a+"))
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        binaries.build_all()
        running = stack.enter_context(node_cluster(images.all_images()))
        KUBECONFIG.touch(mode=0o600)
        KUBECONFIG.write_text(running.kubeconfig.read_text())
        stack.callback(KUBECONFIG.unlink)
        endpoint = stack.enter_context(s3_server(running.place.host))
        told = {"bucket": make_bucket(endpoint).name, "endpoint": endpoint, "chart": _install(running)}
        scratch = READY.with_suffix(".part")
        scratch.write_text(json.dumps(told))
        scratch.replace(READY)
        stack.callback(READY.unlink)
        signal.sigwait([signal.SIGTERM, signal.SIGINT])
    return 0


def _install(cluster: NodeCluster) -> bool:
    """Install the chart with the images that were loaded, or the kinds alone where there is no chart."""
    if not CHART.is_dir():
        cluster.install_kinds()
        return False
    with helm(cluster) as run:
        command = ["install", "model-monitor", str(CHART), "--namespace", NAMESPACE, "--create-namespace"]
        run(*command, "--wait", "--timeout", "120s", "-f", "-", values=json.dumps(images.chart_values()))
    return True


def _wait_ready(server: "subprocess.Popen[bytes]") -> bool:
    deadline = time.monotonic() + UP_SECONDS
    shown = 0
    while time.monotonic() < deadline and server.poll() is None:
        if READY.exists():
            return True
        text = LOG.read_text(errors="replace")
        sys.stdout.write(text[shown:])
        sys.stdout.flush()
        shown = len(text)
        time.sleep(0.2)
    return False


def _tell(told: dict[str, Any]) -> None:
    keys = " ".join(f"{name}={value}" for name, value in CREDENTIALS.items())
    state = f"installed in namespace {NAMESPACE}" if told["chart"] else "not here: only its kinds are served"
    _say(
        f"""
  export KUBECONFIG={shlex.quote(str(KUBECONFIG))}{on_path()}

the operator's chart: {state}
an S3 store for pods and for you: {told["endpoint"]}, bucket {told["bucket"]}, {keys}
next: kubectl get nodes; docs/tutorial/in-a-cluster.md from step 2; make cluster-down when done"""
    )


def on_path() -> str:
    """Return the command, on a line of its own, that puts on the PATH what is not: kubectl, Helm."""
    programs = {"kubectl": binaries.kubectl(), "helm": binaries.helm(4)}
    missing = [str(path.parent) for name, path in programs.items() if not shutil.which(name)]
    return f"\n  export PATH={shlex.quote(':'.join(missing))}:$PATH" if missing else ""


def _owner() -> int | None:
    """Return the process that runs the cluster, or None where none does."""
    if not LOCK.exists():
        return None
    with LOCK.open("r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(wait_for(lock.read, 5, "the process id of the cluster"))
    return None


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _end(*_: object) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except binaries.BinariesMissingError as problem:
        _complain(f"error: {problem}")
        sys.exit(2)
