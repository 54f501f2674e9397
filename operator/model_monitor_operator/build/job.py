"""Jobs that the operator makes itself, and the Job that a CronJob makes."""

from typing import Any, Final, NamedTuple

from model_monitor_api.failures import EXIT_CODES
from model_monitor_api.v1alpha1.baseline import Baseline
from model_monitor_api.v1alpha1.monitoringexecution import Window
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_operator.build.plan import RenderedPlan
from model_monitor_operator.build.pod import COMPONENT, build_pod
from model_monitor_operator.build.run import Run
from model_monitor_operator.naming import (
    ATTEMPT,
    FETCH_CONTAINER,
    MAIN_CONTAINER,
    PLAN_DIGEST,
    PLAN_NAME,
    job_name,
    labels_for,
)
from model_monitor_operator.objects import JOBS, Object, written
from model_monitor_operator.ownership import Owner
from model_monitor_operator.settings import Settings

_KEPT_SECONDS: Final = 86_400
"""How long a finished Job stays for its log to be read."""

_KUEUE: Final = ("kueue.x-k8s.io/queue-name", "kueue.x-k8s.io/priority-class")
"""Labels that Kueue reads off the Job."""

FINAL_EXIT_CODES: Final = sorted(code for code, failure in EXIT_CODES.items() if not failure.retryable)
"""Exit codes after which another pod would only fail again."""


class Invocation(NamedTuple):
    """Which run of a plan."""

    window: Window | None
    """Stretch of time; None for a baseline."""

    execution: str | None
    """Name of the execution, for one that is not the first of its scheduled window."""

    revision: int
    """Counts the runs of one window."""


def build_baseline_job(
    baseline: Baseline, owner: Owner, rendered: RenderedPlan, settings: Settings, *, attempt: int
) -> Object:
    """Return the Job that computes a Baseline.

    Parameters
    ----------
    baseline
        What is computed.
    owner
        The Baseline as the owner.
    rendered
        Its plan.
    settings
        What the installation decides.
    attempt
        Which attempt it is, from 1.
    """
    # Attempts are counted anew for another plan, while the Jobs of the plan before may still be there.
    identity = f"{owner.uid}/{rendered.plan.digest()}"
    return _own_job(Run(baseline, owner, rendered, settings), identity, attempt)


def build_execution_job(
    schedule: MonitoringSchedule,
    owner: Owner,
    rendered: RenderedPlan,
    settings: Settings,
    invocation: Invocation,
    *,
    attempt: int,
) -> Object:
    """Return a Job that runs one window for an execution.

    Parameters
    ----------
    schedule
        What is run.
    owner
        The execution as the owner.
    rendered
        The schedule's plan.
    settings
        What the installation decides.
    invocation
        Which run.
    attempt
        Which attempt of the execution it is, from 1.
    """
    arguments: list[str] = []
    window = invocation.window
    if window is not None:
        arguments += ["--window", written(window.start), written(window.end)]
    if invocation.execution is not None:
        arguments += ["--execution", invocation.execution]
    arguments += ["--revision", str(invocation.revision)]
    run = Run(schedule, owner, rendered, settings, tuple(arguments), window)
    return _own_job(run, owner.uid, attempt)


def job_metadata(run: Run) -> dict[str, Any]:
    """Return the labels and annotations of a run's Job, whoever makes it."""
    labels = run.template.labels
    return {
        "labels": {
            **{key: labels[key] for key in _KUEUE if key in labels},
            **labels_for(run.owner.kind, run.owner.name, COMPONENT),
        },
        "annotations": {
            PLAN_DIGEST: run.rendered.plan.digest(),
            PLAN_NAME: run.rendered.name,
        },
    }


def job_spec(run: Run) -> dict[str, Any]:
    """Return what a run's Job does, whoever makes it (batch/v1 JobSpec)."""
    return {
        "activeDeadlineSeconds": run.job.active_deadline_seconds,
        "backoffLimit": run.job.backoff_limit,
        "podFailurePolicy": {"rules": _rules(run)},
        **_indexed(run.reach.workers),
        "template": build_pod(run),
    }


def _own_job(run: Run, identity: str, attempt: int) -> Object:
    metadata = job_metadata(run)
    return {
        "apiVersion": JOBS.api_version,
        "kind": JOBS.kind,
        "metadata": {
            "name": job_name(run.owner.kind, run.owner.name, identity, attempt),
            "namespace": run.thing.metadata.namespace,
            **metadata,
            "labels": {**metadata["labels"], ATTEMPT: str(attempt)},
            "ownerReferences": [run.owner.reference()],
        },
        "spec": {"ttlSecondsAfterFinished": _KEPT_SECONDS, **job_spec(run)},
    }


def _rules(run: Run) -> list[dict[str, Any]]:
    """Return what a failed pod means: nothing if the node took it away, the end if it can't get better."""
    ours = [MAIN_CONTAINER] if run.rendered.plan.analyzer is None else [FETCH_CONTAINER, MAIN_CONTAINER]
    return [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
        *(
            {
                "action": "FailJob",
                "onExitCodes": {"containerName": name, "operator": "In", "values": FINAL_EXIT_CODES},
            }
            for name in ours
        ),
    ]


def _indexed(workers: int) -> dict[str, Any]:
    """Return what makes a Job one leader and its workers; the Job is done when the leader is."""
    if not workers:
        return {}
    return {
        "completionMode": "Indexed",
        "completions": workers + 1,
        "parallelism": workers + 1,
        "successPolicy": {"rules": [{"succeededIndexes": "0"}]},
    }
