"""A small world around the reconcilers: the driver, an API server's memory, a clock, a node that acts."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from model_monitor_operator.cluster.backlog import Rest
from model_monitor_operator.cluster.cache import WATCHED, Cache
from model_monitor_operator.cluster.client import Client
from model_monitor_operator.cluster.driver import Driver
from model_monitor_operator.errors import TemporaryError
from model_monitor_operator.naming import cron_job_name
from model_monitor_operator.objects import Key, Object, name_of, uid_of, written
from model_monitor_operator.ownership import owner_of
from model_monitor_operator.reconcilers import reconcilers
from model_monitor_operator.settings import Settings
from tests.operator.life.memory import MemoryClient
from tests.operator.results import baseline_message, verdict_message

NAMESPACE = "models"
MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KINDS = ("DataCapture", "Baseline", "MonitoringSchedule", "MonitoringExecution")


class World:
    """Everything, with time as an argument of each step."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self.client = MemoryClient(now)
        self.requeued: dict[Key, datetime] = {}
        self.reports: dict[str, bytes] = {}
        self.restart()

    @property
    def now(self) -> datetime:
        return self.client.now

    def restart(self) -> None:
        """Begin with an empty memory, as an operator does that was killed."""
        self._cache = Cache()
        self._driver = Driver(
            self.served(),
            self._cache,
            reconcilers(Settings(analyzer_image="analyzer:1")),
            lambda: self.client.now,
            lambda _thing, _key: None,
            ask=self.reports_of,
        )

    def served(self) -> Client:
        """Return the API server as the operator reaches it."""
        return cast("Client", self.client)

    def reports_of(self, pods: Sequence[Object]) -> Mapping[str, bytes]:
        """Return what the shippers in pods say."""
        return {name: self.reports[name] for pod in pods if (name := name_of(pod)) in self.reports}

    def settle(self, rounds: int = 12) -> None:
        """Reconcile everything until nothing is written any more."""
        for _ in range(rounds):
            before = len(self.client.writes)
            self._look()
            for key in sorted(key for key in self.client.things if key.kind in KINDS):
                self._reconcile(key)
            if len(self.client.writes) == before:
                return
        raise AssertionError(f"not settled after {rounds} rounds: {self.client.writes[-6:]}")

    def wait(self, **span: float) -> None:
        """Let time pass and reconcile."""
        self.client.now += timedelta(**span)
        self.settle()

    def until(self, moment: str) -> None:
        """Let time pass until `HH:MM` of the day, or of a later one as `D HH:MM`."""
        day, _, clock = moment.rpartition(" ")
        hours, minutes = clock.split(":")
        start = MONDAY.replace(hour=0, minute=0)
        self.client.now = start + timedelta(days=int(day or 0), hours=int(hours), minutes=int(minutes))
        self.settle()

    def add(self, kind: str, name: str, spec: Mapping[str, Any], **meta: Any) -> Key:
        """Apply an object as a person does."""
        self.client.create(
            {
                "apiVersion": "modelmonitor.dev/v1alpha1",
                "kind": kind,
                "metadata": {"name": name, "namespace": NAMESPACE, **meta},
                "spec": dict(spec),
            }
        )
        self.settle()
        return Key(kind, NAMESPACE, name)

    def get(self, kind: str, name: str) -> Object:
        found = self.client.get(kind, NAMESPACE, name)
        assert found is not None, f"no {kind} {name}; there are {sorted(map(str, self.client.things))}"
        return found

    def status(self, kind: str, name: str) -> dict[str, Any]:
        return dict(self.get(kind, name).get("status") or {})

    def condition(self, kind: str, name: str, type_: str) -> dict[str, Any]:
        return next(dict(each) for each in self.status(kind, name)["conditions"] if each["type"] == type_)

    def names(self, kind: str) -> list[str]:
        return sorted(key.name for key in self.client.things if key.kind == kind)

    def fire(self, schedule: str) -> str | None:
        """Let the CronJob's controller make the Job that is due now; None where it is suspended."""
        cron_job = self.get("CronJob", cron_job_name(schedule))
        if cron_job["spec"]["suspend"]:
            return None
        name = f"{cron_job_name(schedule)}-{int(self.now.timestamp()) // 60}"
        template = cron_job["spec"]["jobTemplate"]
        self.client.create(
            {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "metadata": {
                    **template["metadata"],
                    "name": name,
                    "namespace": NAMESPACE,
                    "ownerReferences": [
                        {
                            "apiVersion": "batch/v1",
                            "kind": "CronJob",
                            "name": cron_job["metadata"]["name"],
                            "uid": uid_of(cron_job),
                            "controller": True,
                        }
                    ],
                },
                "spec": template["spec"],
            }
        )
        self.settle()
        return name

    def finish(self, job: str, message: bytes | None = None, code: int = 0) -> None:
        """Let a Job's pod end, and its controller say so."""
        self.exit(job, message, code, self.now)
        self._end(job, *(("Failed", "BackoffLimitExceeded") if code else ("Complete", "CompletionsReached")))

    def exit(self, job: str, message: bytes | None, code: int, at: datetime) -> None:
        """Let a Job's pod end, by its node's clock, before the Job's controller sees it."""
        end = written(at)
        state: dict[str, Any] = {"exitCode": code, "reason": "Error" if code else "Completed"}
        state |= {"startedAt": end, "finishedAt": end} | ({"message": message.decode()} if message else {})
        self._pod(job, "Failed" if code else "Succeeded", {"terminated": state})

    def hold(self, job: str, reason: str, message: str) -> None:
        """Let a Job's pod hang before it runs."""
        self._pod(job, "Pending", {"waiting": {"reason": reason, "message": message}})
        self.settle()

    def pass_deadline(self, job: str) -> None:
        """Let a Job's controller end it at its deadline: it deletes the pod before it says so."""
        pod = Key("Pod", NAMESPACE, f"{job}-pod")
        self.client.change(pod, metadata__deletionTimestamp=written(self.now))
        self.settle()
        self.client.remove(pod)
        deciding = {"type": "FailureTarget", "status": "True", "reason": "DeadlineExceeded"}
        self.client.change(
            Key("Job", NAMESPACE, job),
            status={"conditions": [{**deciding, "lastTransitionTime": written(self.now)}]},
        )
        self.settle()
        self._end(job, "Failed", "DeadlineExceeded")

    def _pod(self, job: str, phase: str, state: Mapping[str, Any]) -> None:
        there = self.get("Job", job)
        self.client.create(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": f"{job}-pod",
                    "namespace": NAMESPACE,
                    "labels": there["spec"]["template"]["metadata"]["labels"],
                    "ownerReferences": [owner_of(there).reference()],
                },
                "spec": there["spec"]["template"]["spec"],
                "status": {
                    "phase": phase,
                    "containerStatuses": [{"name": "analyzer", "image": "analyzer:1", "state": dict(state)}],
                },
            }
        )

    def _end(self, job: str, kind: str, reason: str) -> None:
        end = written(self.now)
        ended = {"type": kind, "status": "True", "reason": reason, "lastTransitionTime": end}
        self.client.change(
            Key("Job", NAMESPACE, job),
            status={"conditions": [ended], "startTime": end, "completionTime": end},
        )
        self.settle()

    def compute(self, baseline: str) -> None:
        """Let the Job of a Baseline end well."""
        there = self.get("Baseline", baseline)
        job = self.get("Job", there["status"]["job"])
        self.finish(job["metadata"]["name"], baseline_message(there, job))

    def verdict(self, execution: str, violations: int = 0) -> bytes:
        """Return the message of a run that has a verdict."""
        there = self.get("MonitoringExecution", execution)
        schedule = self.get("MonitoringSchedule", there["spec"]["scheduleRef"]["name"])
        return verdict_message(schedule, there, self.get("Job", there["status"]["job"]), violations)

    def _look(self) -> None:
        """Bring the cache up to date, as watches and listings do."""
        for kind in WATCHED:
            listing = self.client.list(kind)
            self._cache.replace(kind, None, listing.items, listing.version)

    def _reconcile(self, key: Key) -> None:
        try:
            again = self._driver.reconcile(key)
            if isinstance(again, Rest):
                again = self._later(again)
        except TemporaryError:
            return
        self.requeued.pop(key, None)
        if again is not None:
            self.requeued[key] = again

    def _later(self, rest: Rest) -> datetime | None:
        """Do the rest of a reconcile."""
        return rest.finish()
