"""The CronJob of a schedule."""

from typing import Final

from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_operator.build.job import job_metadata, job_spec
from model_monitor_operator.build.plan import RenderedPlan
from model_monitor_operator.build.pod import COMPONENT
from model_monitor_operator.build.run import JOB_NAME, Run
from model_monitor_operator.naming import cron_job_name, labels_for
from model_monitor_operator.objects import CRON_JOBS, Object
from model_monitor_operator.ownership import Owner
from model_monitor_operator.settings import Settings
from model_monitor_operator.timeline import STARTING_DEADLINE

_KEPT_JOBS: Final = 3
"""Finished Jobs that are kept, of those that ended well and of the others."""


def build_cron_job(
    schedule: MonitoringSchedule, owner: Owner, rendered: RenderedPlan, settings: Settings, *, suspended: bool
) -> Object:
    """Return the CronJob that runs the windows of a schedule.

    Parameters
    ----------
    schedule
        What is run.
    owner
        The schedule as the owner.
    rendered
        Its plan.
    settings
        What the installation decides.
    suspended
        Whether nothing is begun.
    """
    meta, name = schedule.metadata, cron_job_name(schedule.metadata.name)
    run = Run(schedule, owner, rendered, settings, ("--job-name", JOB_NAME, "--cron-job", name))
    return {
        "apiVersion": CRON_JOBS.api_version,
        "kind": CRON_JOBS.kind,
        "metadata": {
            "name": name,
            "namespace": meta.namespace,
            "labels": labels_for(owner.kind, owner.name, COMPONENT),
            "ownerReferences": [owner.reference()],
        },
        "spec": {
            "schedule": schedule.spec.schedule,
            "timeZone": schedule.spec.time_zone,
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": int(STARTING_DEADLINE.total_seconds()),
            "suspend": suspended,
            "successfulJobsHistoryLimit": _KEPT_JOBS,
            "failedJobsHistoryLimit": _KEPT_JOBS,
            "jobTemplate": {"metadata": job_metadata(run), "spec": job_spec(run)},
        },
    }


def suspended_copy(cron_job: Object) -> Object:
    """Return a CronJob that is there as it shall be while its schedule can't be carried out."""
    meta = cron_job["metadata"]
    kept = ("name", "namespace", "labels", "ownerReferences")
    return {
        "apiVersion": CRON_JOBS.api_version,
        "kind": CRON_JOBS.kind,
        "metadata": {field: meta[field] for field in kept if field in meta},
        "spec": {**cron_job["spec"], "suspend": True},
    }
