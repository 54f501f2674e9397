"""Outages of the control plane: what stands still goes on afterwards, and nobody has to intervene."""

import time
from pathlib import Path

import pytest

from model_monitor_operator.naming import TRIGGER
from tests.cluster.cluster import write_kubeconfig
from tests.cluster.control_plane import ControlPlane
from tests.cluster.faults.models import Models
from tests.cluster.faults.operator_process import OperatorProcess
from tests.operator.cluster.running import Gate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.usefixtures("alone")]


def test_an_api_server_that_hangs_and_one_that_is_killed_interrupt_and_end_nothing(
    own_cluster: ControlPlane, models: Models, operator_process: OperatorProcess
) -> None:
    pid = operator_process.process.pid
    models.begin()
    job = models.execute()
    models.pod_of(job)
    own_cluster.api_server.pause()
    time.sleep(12)
    own_cluster.api_server.resume()
    own_cluster.wait_ready()
    models.succeed("by-hand")
    job = models.execute("another")
    models.pod_of(job)
    own_cluster.api_server.kill()
    time.sleep(6)
    own_cluster.api_server.start()
    own_cluster.wait_ready()
    models.succeed("another")
    operator_process.wait_ready()
    assert (operator_process.process.pid, operator_process.illness()) == (pid, None)
    assert len(models.names("MonitoringExecution")) == 2


def test_what_happened_while_history_was_forgotten_is_noticed(
    own_cluster: ControlPlane, models: Models, tmp_path: Path
) -> None:
    gate = Gate(own_cluster.layout.api_port)
    pair = own_cluster.authority.issue("behind-the-gate", groups=("system:masters",))
    user = {"client-certificate": str(pair.certificate), "client-key": str(pair.key)}
    authority = own_cluster.authority.certificate.read_text()
    kubeconfig = write_kubeconfig(tmp_path / "gate.kubeconfig", gate.server, authority, user)
    operator = OperatorProcess(tmp_path, kubeconfig, [models.namespace])
    operator.start()
    try:
        models.begin()
        job = models.execute()
        gate.close()
        models.end(job, models.message("by-hand", job))
        models.of("CronJob").delete("mms-hourly")
        own_cluster.compact()
        # It remembers recent changes and would go on; a server that is started anew does not.
        own_cluster.restart_api_server()
        gate.open()
        models.wait_state("by-hand", "Completed")
        models.wait(lambda: models.names("CronJob") == ["mms-hourly"], "a new CronJob")
        assert operator.illness() is None
    finally:
        operator.process.stop()
        gate.end()


def test_a_cron_job_that_fires_late_runs_its_window_once(
    own_cluster: ControlPlane, models: Models, operator_process: OperatorProcess
) -> None:
    assert operator_process.illness() is None
    models.begin(schedule="* * * * *", window={"delay": "10s"})
    time.sleep(max(0.0, 57 - time.time() % 60))
    before = set(models.names("MonitoringExecution"))
    own_cluster.controller_manager.stop()
    minute = int(time.time() // 60) + 1
    time.sleep((minute * 60 + 10) - time.time())
    assert set(models.names("MonitoringExecution")) == before, "nobody fires"
    own_cluster.controller_manager.start()
    name = f"hourly-{minute}"
    models.wait(lambda: name in models.names("MonitoringExecution"), name, seconds=170)
    models.of("MonitoringSchedule").patch("hourly", {"spec": {"suspend": True}})
    models.succeed(name)
    there = models.of("MonitoringExecution").get(name)
    assert there["metadata"]["labels"][TRIGGER] == "Scheduled"
    assert there["status"]["job"] == f"mms-{name}"
    assert [job for job in models.names("Job") if job.endswith(str(minute))] == [f"mms-{name}"]
