"""A whole flow: all that the operator ever does, and what it does when something goes wrong."""

from typing import Any, Final

from model_monitor_api.failures import EXIT_CODES, Failure
from model_monitor_operator.naming import MANAGED_BY, MANAGER, RUN_REQUEST, TRIGGER, job_name
from tests.cluster.client import Manifest
from tests.cluster.faults.models import WINDOW, Models
from tests.cluster.faults.operator_process import OperatorProcess
from tests.operator.life.manifests import BASELINE, SCHEDULE

PASSING: Final = next(code for code, failure in EXIT_CODES.items() if failure.retryable)
"""Exit code of a failure that may pass."""

GATEWAY: Final = ("NetworkPolicy", "PodDisruptionBudget", "HorizontalPodAutoscaler", "Service", "Deployment")
CHILDREN: Final = ("CronJob", "Job", "ConfigMap", "MonitoringExecution", "Secret", *GATEWAY)
AHEAD: Final = 3 * 3600 + 210
SCRIPT: Final = {"configMapRef": {"name": "scripts", "key": "preprocess.py"}}
THEIRS: Final[Manifest] = {
    "backoffLimit": 0,
    "template": {
        "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "example.test/theirs:1"}]}
    },
}


class Flow(Models):
    """The parts of a whole flow, in one namespace."""

    def begin_all(self) -> None:
        """Have schedules of every shape, with all that they need."""
        maps = self.of("ConfigMap")
        source = {"preprocess.py": "def preprocess_frame(frame):\n    return frame\n"}
        maps.create(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "scripts"}, "data": source}
        )
        claims = self.of("PersistentVolumeClaim")
        claim = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}}
        claims.create(
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": "results"},
                "spec": claim,
            }
        )
        theirs = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": THEIRS}}
        self.of("CronJob").create(
            {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "mms-taken"}, "spec": theirs}
        )
        self.begin(successfulExecutionsHistoryLimit=0)
        self.schedule("taken")
        self.schedule("minutely", schedule="* * * * *")
        self.schedule("scripted", scripts={"preprocess": SCRIPT})
        self.schedule("scaled", scale={"workers": 2})
        self.schedule("claimed", output={"uri": "pvc://results/monitoring"})
        self.schedule("refused", podTemplate={"serviceAccountName": "nobody"})
        self.apply("Baseline", "broken", {**BASELINE, "job": {"backoffLimit": 0}})
        for name in ("minutely", "scripted", "scaled", "claimed", "refused"):
            self.wait_ready("MonitoringSchedule", name, "Scheduled")
        self.wait_ready("MonitoringSchedule", "taken", "NameConflict")

    def schedule(self, name: str, **fields: Any) -> None:
        """Apply a schedule like `hourly`."""
        self.apply("MonitoringSchedule", name, {**SCHEDULE, **fields})

    def run_now(self) -> None:
        """Ask `hourly` twice for a run; the history has room for the last one alone."""
        made: list[str] = []
        for token in ("one", "two"):
            self.of("MonitoringSchedule").patch("hourly", {"metadata": {"annotations": {RUN_REQUEST: token}}})
            before = tuple(made)
            (name,) = self.wait(lambda before=before: self._requested(*before), f"run-now {token}")  # type: ignore[misc]
            self.succeed(name)
            made.append(name)
        # Which one is kept is open where both ended in one second.
        self.wait(lambda: len(self._requested()) == 1, "the other one pruned")

    def _requested(self, *but: str) -> list[str]:
        return [name for name in self.names("MonitoringExecution") if "-run-" in name and name not in but]

    def stop(self) -> None:
        """Stop a run that has begun."""
        job = self.execute("stopped")
        self.pod_of(job)
        self.node.run(self.namespace, job)
        self.wait_state("stopped", "InProgress")
        self.of("MonitoringExecution").patch("stopped", {"spec": {"stop": True}})
        self.wait_state("stopped", "Stopped")

    def hold_open(self) -> None:
        """Let an analyzer fail in a pod that a container which somebody injected keeps open."""
        job = self.execute("held")
        pod = self.pod_of(job)
        self.node.run(self.namespace, job)
        started = self.of("Pod").get(pod["metadata"]["name"])["status"]["startTime"]
        ended = {"exitCode": PASSING, "reason": "Error", "startedAt": started, "finishedAt": started}
        common = {"image": "example.test/any:1", "imageID": "", "ready": False, "restartCount": 0}
        statuses = [
            {**common, "name": "analyzer", "state": {"terminated": ended}},
            {**common, "name": "istio-proxy", "state": {"running": {"startedAt": started}}},
        ]
        self.of("Pod").patch(pod["metadata"]["name"], {"status": {"containerStatuses": statuses}}, "status")
        self.wait(lambda: pod["metadata"]["name"] not in self.names("Pod"), "the held pod gone")

    def edit(self) -> None:
        """Change what is analysed: there is another plan, and the one before goes."""
        before = self._plans()
        self.of("MonitoringSchedule").patch("scripted", {"spec": {"minRecords": 7}})
        self.wait(lambda: not before & self._plans(), "the plan before gone")

    def _plans(self) -> set[str]:
        return {name for name in self.names("ConfigMap") if name.startswith("mms-scripted-plan-")}

    def pause(self) -> None:
        """Suspend a schedule twice: the second time the same is told again."""
        for suspend, reason in ((True, "Suspended"), (False, "Scheduled"), (True, "Suspended")):
            self.of("MonitoringSchedule").patch("claimed", {"spec": {"suspend": suspend}})
            self.wait_ready("MonitoringSchedule", "claimed", reason)
        self.wait(lambda: self._told("claimed", "Suspended") == [2], "an Event that counts up")

    def _told(self, name: str, reason: str) -> list[int]:
        """Return how often each Event of a reason was told of an object."""
        events = self.of("Event").list(fields=f"involvedObject.name={name},reason={reason}")
        return [each["count"] for each in events]

    def refuse(self) -> None:
        """Have a run whose pods the API server refuses."""
        self.execute("refused", "refused")
        self.wait_state("refused", Failure.POD_REFUSED)

    def take_name(self, operator: OperatorProcess) -> None:
        """Let somebody else's Job be where that of an execution should go."""
        operator.process.pause()
        spec = {"scheduleRef": {"name": "hourly"}, "window": WINDOW}
        uid = self.apply("MonitoringExecution", "taken", spec)["metadata"]["uid"]
        meta = {"name": job_name("MonitoringExecution", "taken", uid, 1), "labels": {MANAGED_BY: "them"}}
        self.of("Job").create({"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": THEIRS})
        operator.process.resume()
        assert self.wait_state("taken", "Failed")["reason"] == Failure.NAME_CONFLICT

    def scale(self) -> None:
        """Run something on three pods."""
        job = self.execute("scaled", "scaled")
        pods = self.wait(lambda: found if len(found := self._pods_of(job)) == 3 else None, "three pods")
        assert all(each["spec"]["subdomain"] == "mms-scaled-workers" for each in pods)

    def _pods_of(self, job: str) -> list[Manifest]:
        return self.of("Pod").list(f"batch.kubernetes.io/job-name={job}")

    def capture(self) -> None:
        """Have a gateway that scales by itself, change it, and meddle with what it is made of."""
        service = {
            "selector": {"app": "churn"},
            "ports": [{"name": f"p{port}", "port": port} for port in (8080, 9000)],
        }
        self.of("Service").create(
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "churn"}, "spec": service}
        )
        spec = {
            "source": {"service": {"name": "churn", "port": 8080}},
            "storage": {"uri": "s3://models/capture"},
            "gateway": {"autoscaling": {"minReplicas": 2}},
        }
        self.apply("DataCapture", "gateway", spec)
        self.wait(lambda: len(self._of_gateway("Pod")) == 2, "two pods of the gateway")
        for kind, meddled in (
            ("NetworkPolicy", {"spec": {"ingress": []}}),
            ("PodDisruptionBudget", {"spec": {"maxUnavailable": 2}}),
            ("HorizontalPodAutoscaler", {"spec": {"maxReplicas": 90}}),
        ):
            (there,) = self._of_gateway(kind)
            self.of(kind).patch(there["metadata"]["name"], meddled)
        (before,) = self._of_gateway("ConfigMap")
        self.of("DataCapture").patch("gateway", {"spec": {"sampling": {"percentage": 5}}})
        self.wait(lambda: self._of_gateway("ConfigMap")[0]["data"] != before["data"], "the other sample")
        self.wait(
            lambda: self._of_gateway("PodDisruptionBudget")[0]["spec"]["maxUnavailable"] == 1,
            "the budget again",
        )
        gateway = {"autoscaling": None, "replicas": 3}
        source = {"service": {"name": "churn", "port": 9000}}
        self.of("DataCapture").patch("gateway", {"spec": {"gateway": gateway, "source": source}})
        self.wait(lambda: self._of_gateway("Deployment")[0]["spec"]["replicas"] == 3, "three pods wanted")
        self.wait(lambda: not self._of_gateway("HorizontalPodAutoscaler"), "no autoscaler")
        self.wait(
            lambda: self._of_gateway("Service")[0]["spec"]["ports"][0]["port"] == 9000, "the other port"
        )

    def _of_gateway(self, kind: str) -> list[Manifest]:
        return self.of(kind).list("modelmonitor.dev/owner-name=gateway")

    def retry(self) -> None:
        """Let a Baseline fail for a reason that may pass, and succeed at the next attempt."""
        first = self.wait(lambda: self.status("Baseline", "broken").get("job"), "the Baseline's Job")
        self.end(first, code=PASSING)
        self.wait_ready("Baseline", "broken", "Failed")

        def next_job() -> str | None:
            job = self.status("Baseline", "broken").get("job")
            return job if job != first else None

        self.pod_of(self.wait(next_job, "another attempt", 300))

    def fire(self) -> None:
        """Let the CronJob begin a run, and the run end with violations."""

        def fired() -> str | None:
            return next(
                (name for name in self.names("MonitoringExecution") if name.startswith("minutely-")), None
            )

        execution = self.wait(fired, "a fire", 300)
        self.succeed(execution, violations=1)

    def miss(self) -> str:
        """Wait for an execution of a window that no CronJob began."""

        def missed() -> str | None:
            found = self.of("MonitoringExecution").list(f"{TRIGGER}=Missed")
            return next((each["metadata"]["name"] for each in found), None)

        return self.wait(missed, "a missed window", 300)

    def ours(self, kind: str) -> list[Manifest]:
        """Return what the operator has made of a kind, or what those have made that it has asked to."""
        return self.of(kind).list(f"{MANAGED_BY}={MANAGER}")

    def delete_all(self) -> None:
        """Delete all that a person has made; what the operator has made goes with it."""
        for kind in ("DataCapture", "Baseline", "MonitoringSchedule", "MonitoringExecution"):
            for name in self.names(kind):
                self.of(kind).delete(name)
        self.wait(lambda: not any(self.ours(kind) for kind in (*CHILDREN, "Pod")), "nothing left", 300)
