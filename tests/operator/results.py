"""What the analyzer leaves when a run went well: its termination message, true to object, window and Job."""

import json

from model_monitor_api.contract.message import FeatureMetrics, RunMessage, write_message
from model_monitor_api.contract.plan import run_id
from model_monitor_api.contract.report import ReportViolation
from model_monitor_api.v1alpha1.monitoringexecution import Counts, Window
from model_monitor_operator.naming import PLAN_DIGEST
from model_monitor_operator.objects import Object, uid_of


def baseline_message(baseline: Object, job: Object) -> bytes:
    """Return the message of the Job that has computed a Baseline."""
    message = RunMessage(
        run_id=run_id(uid_of(baseline), None, _digest(job), 0),
        verdict="Completed",
        message="1,000 records of 3 columns were summarised.",
        counts=Counts(records=1000, features=3),
        artifacts={"DataQuality": "ab" * 32},
    )
    return write_message(message, [], [], severity=_distance)


def verdict_message(schedule: Object, execution: Object, job: Object, violations: int = 0) -> bytes:
    """Return the message of a Job that has run the window of an execution."""
    window = Window.model_validate_json(json.dumps(execution["status"]["window"]))
    message = RunMessage(
        run_id=run_id(uid_of(schedule), window, _digest(job), revision_of(job)),
        verdict="CompletedWithViolations" if violations else "Completed",
        message=f"{violations} violations",
        counts=Counts(records=500, features=3, violations=violations),
        drifted=violations,
        max_distance=0.4 if violations else 0.02,
    )
    found = [
        ReportViolation(feature=f"f{index}", check="baseline_drift_check", description="moved", severity=1.0)
        for index in range(violations)
    ]
    figures = [FeatureMetrics(feature="f0", distance=0.4, completeness=1.0)]
    return write_message(message, found, figures, severity=_distance)


def revision_of(job: Object) -> int:
    """Return the revision that a Job's analyzer is told; a CronJob's Jobs run the first."""
    arguments = job["spec"]["template"]["spec"]["containers"][0]["args"]
    return int(arguments[arguments.index("--revision") + 1]) if "--revision" in arguments else 0


def _digest(job: Object) -> str:
    return str(job["metadata"]["annotations"][PLAN_DIGEST])


def _distance(figures: FeatureMetrics) -> float:
    return figures.distance or 0.0
