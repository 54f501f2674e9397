"""The quickstart's bank in a namespace of a cluster that runs pods."""

import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from model_monitor_api.v1alpha1.monitoringexecution import TERMINAL_STATES
from tests.cluster.client import Manifest
from tests.cluster.cluster import ROOT
from tests.cluster.node import NodeCluster
from tests.cluster.watched import API, Watched
from tests.support.s3 import CREDENTIALS, S3Bucket

QUICKSTART: Final = ROOT / "examples" / "quickstart"
SCHEDULE: Final = "credit-risk-data-quality"
SECRET: Final = "credit-risk-store"  # its name
HOUR: Final = timedelta(hours=1)
HOURS: Final = 48
QUIET, BROKEN, CAMPAIGN = 14, 33, 41
"""Hours of the traffic in which nothing happens, a release is broken, a campaign runs."""

PATIENCE: Final = 400
"""Seconds for what takes a pod three where nobody else wants the processor."""

YEARLY: Final = "@yearly"
"""A schedule that does not fire while a test looks."""


class Bank(Watched):
    """A namespace, a bucket with the bank's data, and the quickstart's manifests for the two.

    Parameters
    ----------
    cluster
        Where it is.
    namespace
        Its namespace.
    bucket
        Holds training data and traffic, and gets the results.
    end
        When the traffic ends.
    """

    def __init__(self, cluster: NodeCluster, namespace: str, bucket: S3Bucket, end: datetime) -> None:
        super().__init__(cluster, namespace)
        self.node = cluster
        self.bucket = bucket
        self.end = end

    def overlay(self, folder: Path, schedule: str, **window: str) -> Path:
        """Write what a person would: the example with the store's address, its keys, and a schedule."""
        shutil.copytree(QUICKSTART / "manifests", folder / "manifests")
        ours = Path(shutil.copytree(QUICKSTART / "cluster", folder / "cluster"))
        keys = {"bucket": self.bucket.name, "endpoint": self.bucket.endpoint}
        _write_variables(ours / "store.env", keys)
        _write_variables(ours / "credentials.env", CREDENTIALS)
        change = {
            "apiVersion": API,
            "kind": "MonitoringSchedule",
            "metadata": {"name": SCHEDULE},
            "spec": {"schedule": schedule, **({"window": window} if window else {})},
        }
        top = folder / "here"
        top.mkdir()
        document = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "namespace": self.namespace,
            "resources": ["../cluster"],
            "patches": [{"patch": yaml.safe_dump(change)}],
        }
        (top / "kustomization.yaml").write_text(yaml.safe_dump(document))
        return top

    def hour(self, number: int) -> dict[str, str]:
        """Return the window of an hour of the traffic."""
        start = self.end - (HOURS - number) * HOUR
        return {"start": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end": f"{start + HOUR:%Y-%m-%dT%H:%M:%SZ}"}

    def ask(self, execution: str, hour: int, schedule: str = SCHEDULE) -> None:
        """Apply an execution of an hour of the traffic."""
        self.apply(
            "MonitoringExecution", execution, {"scheduleRef": {"name": schedule}, "window": self.hour(hour)}
        )

    def vary(self, name: str, **changes: Any) -> None:
        """Apply a schedule that is the quickstart's but for some fields."""
        spec = self.of("MonitoringSchedule").get(SCHEDULE)["spec"]
        self.apply("MonitoringSchedule", name, {**spec, **changes})
        self.wait_ready("MonitoringSchedule", name, "Scheduled", PATIENCE)

    def ended(self, execution: str) -> dict[str, Any]:
        """Return the status of an execution that has ended, waiting for that."""
        return self.wait_state(execution, *TERMINAL_STATES, seconds=PATIENCE)

    def completed(self, execution: str, state: str = "Completed") -> dict[str, Any]:
        """Return the status of an execution that has a verdict, by one attempt."""
        status = self.ended(execution)
        assert (status["state"], status["attempts"]) == (state, 1), status
        return status

    def pods(self, execution: str | None = None) -> list[Manifest]:
        """Return the pods of runs: of all, or of the Jobs of an execution."""
        pods = self.cluster.resource("v1", "pods", self.namespace)
        if execution is None:
            return pods.list("app.kubernetes.io/managed-by=model-monitor")
        return pods.list(
            f"modelmonitor.dev/owner-kind=MonitoringExecution,modelmonitor.dev/owner-name={execution}"
        )

    def wait_pod(self, execution: str, *but: str) -> str:
        """Return the name of a pod of an execution that runs, waiting for one that is none of some."""

        def running() -> str | None:
            state = self.status("MonitoringExecution", execution).get("state")
            assert state not in TERMINAL_STATES, f"{execution} has ended"
            pods = [each for each in self.pods(execution) if each["status"].get("phase") == "Running"]
            names = [str(each["metadata"]["name"]) for each in pods]
            return next((name for name in names if name not in but), None)

        return self.wait(running, f"a pod of {execution} that runs", PATIENCE)

    def stored(self, uri: str) -> bytes:
        """Return an object of the bucket."""
        prefix = f"s3://{self.bucket.name}/"
        assert uri.startswith(prefix), uri
        found = self.bucket.client.get_object(Bucket=self.bucket.name, Key=uri.removeprefix(prefix))
        return bytes(found["Body"].read())

    def patient(self, predicate: Callable[[], Any], what: str) -> Any:
        """Wait for something for as long as a pod may take."""
        return self.wait(predicate, what, PATIENCE)


def traffic_end() -> datetime:
    """Return an end of the traffic so near that the last hour is in it, however long tests take."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + 2 * HOUR


def upload(bucket: S3Bucket, folder: Path) -> None:
    """Put the files of a folder into a bucket under their own names."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            bucket.write(str(path.relative_to(folder)), path.read_bytes())


def _write_variables(path: Path, variables: Mapping[str, str]) -> None:
    path.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
