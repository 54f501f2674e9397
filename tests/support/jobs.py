"""Commands of a Job's pod, run within this process, and what they leave for kubelet."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from model_monitor_analyzer.cli.command import main
from model_monitor_api.contract.message import MESSAGE_LIMIT, MessageDetail, RunMessage, read_message
from model_monitor_api.names import scheduled_name
from tests.support.project import Project
from tests.support.runs import plans_of

CRON_JOB = "mms-hourly"


def write_plans(project: Project) -> None:
    """Write the project's plans as the operator would render them: `baseline.json` and `schedule.json`."""
    of_baseline, of_schedule = plans_of(project.folder / "manifests.yaml")
    for name, plan in (("baseline", of_baseline), ("schedule", of_schedule)):
        if plan is not None:
            text = plan.model_dump_json(by_alias=True, exclude_none=True)
            (project.folder / f"{name}.json").write_text(text)


def change_plan(project: Project, name: str, **execution: Any) -> None:
    """Set fields of a plan's execution."""
    path = project.folder / f"{name}.json"
    document = json.loads(path.read_text())
    document["execution"] |= execution
    path.write_text(json.dumps(document))


def run_job(project: Project, command: str, plan: str, *arguments: str) -> int:
    """Run a command on a plan and return its exit status."""
    log = termination_log(project)
    log.unlink(missing_ok=True)
    path = str(project.folder / f"{plan}.json")
    return main([command, "--plan", path, "--termination-log", str(log), *arguments])


def of_fire(fire: datetime) -> tuple[str, ...]:
    """Return the arguments by which a Job of the CronJob learns its window."""
    return "--job-name", scheduled_name(CRON_JOB, fire), "--cron-job", CRON_JOB


def termination_log(project: Project) -> Path:
    """Return where the message goes."""
    return project.folder / "termination-log"


def message(project: Project) -> tuple[RunMessage, MessageDetail]:
    """Return the message that was left last."""
    raw = termination_log(project).read_bytes()
    assert len(raw) <= MESSAGE_LIMIT
    return read_message(raw)
