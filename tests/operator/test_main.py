"""The command starts, tells why it does not, and ends when it is told to."""

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.waiting import wait_for
from tests.support.ports import free_port

COMMAND = [sys.executable, "-m", "model_monitor_operator"]


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )


def settings(folder: Path, text: str) -> Path:
    path = folder / "settings.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("workers: 2", "analyzerImage"),
        ("analyzerImage: a\nworker: 2", "worker"),
        ("analyzerImage: [", "YAML"),
        ("analyzerImage: a", "--kubeconfig"),
    ],
)
def test_bad_input_is_one_clear_line_and_status_2(tmp_path: Path, text: str, words: str) -> None:
    ended = run("--config", settings(tmp_path, text))
    assert ended.returncode == 2
    assert words in ended.stderr
    assert ended.stderr.startswith("model-monitor-operator: ")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    ended = run("--config", tmp_path / "none.yaml")
    assert (ended.returncode, "none.yaml" in ended.stderr) == (2, True)


def read(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


@pytest.mark.slow
def test_it_serves_probes_and_metrics_until_it_is_told_to_end(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    port = free_port()
    text = f"analyzerImage: analyzer\nnamespaces: [{namespace}]\nmetricsPort: {port}\n"
    log = tmp_path / "log"
    with log.open("w") as written:
        running = subprocess.Popen(
            [*COMMAND, "--config", settings(tmp_path, text), "--kubeconfig", cluster.kubeconfig],
            stderr=written,
        )
        try:
            wait_for(lambda: read(port, "/readyz")[0] == 200, 60, "a ready operator")
            assert read(port, "/livez") == (200, "ok\n")
            status, metrics = read(port, "/metrics")
            assert status == 200
            assert "process_resident_memory_bytes" in metrics
            assert "model_monitor_queue_depth 0.0" in metrics
            taken = run("--config", settings(tmp_path, text), "--kubeconfig", cluster.kubeconfig)
            assert (taken.returncode, f"port {port}" in taken.stderr) == (2, True)
        finally:
            running.send_signal(signal.SIGTERM)
            assert running.wait(60) == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["message"] for line in lines] == ["started", "stopping"]
