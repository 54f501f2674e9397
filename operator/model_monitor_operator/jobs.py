"""Facts of a Job that are read off the document."""

from collections.abc import Iterable

from model_monitor_operator.naming import ATTEMPT
from model_monitor_operator.objects import Object, created, is_deleted


def attempt_of(job: Object) -> int:
    """Return which attempt of its owner a Job is; a Job that a CronJob made is the first."""
    text = (job["metadata"].get("labels") or {}).get(ATTEMPT, "1")
    return int(text) if text.isdecimal() and len(text) <= 9 else 1


def is_finished(job: Object) -> bool:
    """Return whether a Job has ended, well or not."""
    conditions = (job.get("status") or {}).get("conditions") or []
    return any(
        each.get("type") in ("Complete", "Failed") and each.get("status") == "True" for each in conditions
    )


def is_ending(job: Object) -> bool:
    """Return whether a Job is being deleted."""
    return is_deleted(job)


def latest(jobs: Iterable[Object]) -> Object | None:
    """Return the last attempt among Jobs; None where there is none."""
    return max(jobs, key=lambda job: (attempt_of(job), created(job)), default=None)
