"""A run spread over the pods of one Job: real processes, mutual TLS, workers and leaders that die."""

import json
import shutil
from pathlib import Path

import pytest

from model_monitor_analyzer.execution import leader
from tests.support.jobs import message, of_fire, run_job, write_plans
from tests.support.pods import pods_of, write_certificates
from tests.support.project import Project, baseline, capture, schedule
from tests.support.runs import NOW

HEADER = ["amount", "country"]
FILES = 1100
"""Three partitions."""

SLOW = """
import time

def preprocess_frame(frame):
    time.sleep(0.02)
    return frame
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A baseline, and many small files of traffic whose reading takes a while."""
    found = Project(tmp_path)
    rows = [[f"{number * 7919 % 1009 / 10}", ["de", "fr"][number % 2]] for number in range(2 * FILES)]
    found.write_csv("train.csv", HEADER, rows)
    for number in range(FILES):
        found.write_csv(f"live/{number:05}.csv", HEADER, rows[2 * number : 2 * number + 2])
    script = {"configMapRef": {"name": "scripts", "key": "slow.py"}}
    found.write_manifests(
        baseline("file://./train.csv"),
        capture("file://./live/", "CSV"),
        schedule(scripts={"preprocess": script}),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "scripts"},
            "data": {"slow.py": SLOW},
        },
    )
    write_plans(found)
    assert run_job(found, "analyze", "baseline") == 0
    return found


def result(project: Project) -> dict[str, object]:
    """Return the window's documents, but for what tells when it was run."""
    folder = project.folder / "out" / "default" / "hourly" / f"{NOW:%Y/%m/%d/%H%M}"
    names = ("statistics.json", "constraints.json", "constraint_violations.json")
    report = json.loads((folder / "report.json").read_bytes())
    assert report.pop("completedAt")
    return {name: (folder / name).read_bytes() for name in names} | {"report.json": report}


@pytest.mark.slow
def test_workers_and_leaders_may_die_and_the_result_is_the_same_as_that_of_one_process(
    project: Project,
) -> None:
    assert run_job(project, "analyze", "schedule", *of_fire(NOW)) == 0
    expected = result(project)
    shutil.rmtree(project.folder / "out" / "default" / "hourly")
    with pods_of(project) as pods:
        first, second = pods.start(1), pods.start(2)
        pods.await_line(1, "looking for the leader")
        fallen = pods.start(0, *of_fire(NOW))
        pods.await_line(1, "working for the leader")
        pods.await_line(2, "working for the leader")
        fallen.kill()
        pods.await_line(1, "looking for the leader", times=2)
        pods.await_line(2, "looking for the leader", times=2)
        leading = pods.start(0, *of_fire(NOW))
        pods.await_line(1, "working for the leader", times=2)
        pods.await_line(2, "working for the leader", times=2)
        first.kill()
        assert leading.wait(120) == 0, pods.log(0).read_text()
        assert second.wait(60) == 0, pods.log(2).read_text()
    assert result(project) == expected


def test_a_leader_whose_result_is_there_waits_for_nobody(project: Project) -> None:
    assert run_job(project, "analyze", "schedule", *of_fire(NOW)) == 0
    with pods_of(project) as pods:
        assert pods.start(0, *of_fire(NOW)).wait(60) == 0


def test_workers_that_do_not_come_are_told_to_the_operator(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leader, "FIRST_WORKER_SECONDS", 1)
    with pods_of(project) as pods:
        scale = ("--scale-out", "2", "--leader", pods.leader, "--tls-dir", str(pods.tls))
        assert run_job(project, "analyze", "schedule", *of_fire(NOW), *scale) == 33
    found, _ = message(project)
    assert (found.verdict, found.reason) == ("Failed", "WorkersLost")
    assert "no worker came" in found.message


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:8786", "127.0.0.1:8786", "tls://host", "tls://host:x"])
def test_an_address_without_encryption_or_port_is_refused(project: Project, address: str) -> None:
    tls = write_certificates(project.folder / "tls")
    scale = ("--scale-out", "2", "--leader", address, "--tls-dir", str(tls))
    assert run_job(project, "analyze", "schedule", *of_fire(NOW), *scale) == 2
    assert "--leader" in message(project)[0].message


def test_a_missing_certificate_is_named(project: Project) -> None:
    tls = write_certificates(project.folder / "tls")
    (tls / "tls.key").unlink()
    scale = ("--scale-out", "2", "--leader", "tls://127.0.0.1:8786", "--tls-dir", str(tls))
    assert run_job(project, "analyze", "schedule", *of_fire(NOW), *scale) == 2
    assert "tls.key' is not there" in message(project)[0].message


def test_arguments_that_do_not_fit_are_refused(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run_job(project, "analyze", "schedule", "--scale-out", "2")
    assert "--leader" in capsys.readouterr().err
