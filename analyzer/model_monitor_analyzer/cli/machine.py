"""Results as one JSON document, for machines."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from model_monitor_analyzer.errors import AnalyzerError
from model_monitor_analyzer.pipeline.outcome import Finished, Outcome
from model_monitor_api.problems import Problem

RUN_VERSION: Final = "modelmonitor.dev/run.v1"


def outcomes_document(
    baselines: Sequence[Outcome],
    executions: Sequence[Outcome],
    exit_code: int,
    error: AnalyzerError | None = None,
    problems: Sequence[Problem] = (),
) -> str:
    """Return what was run as JSON; names and URIs as they are, everything outside ASCII escaped.

    Parameters
    ----------
    baselines, executions
        How the runs ended.
    exit_code
        Exit status of the command.
    error
        Why nothing was run, where the command as a whole failed.
    problems
        What must be changed in the manifests, where that is why.
    """
    document: dict[str, Any] = {
        "version": RUN_VERSION,
        "exitCode": exit_code,
        "problems": problem_entries(problems),
        "baselines": [_entry(outcome) for outcome in baselines],
        "executions": [_entry(outcome) for outcome in executions],
    }
    if error is not None:
        document |= {"reason": error.reason, "message": str(error)}
    return json.dumps(document, indent=2)


def problem_entries(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Return what is wrong with manifests as a list for a JSON document."""
    return [asdict(problem) for problem in problems]


def _entry(outcome: Outcome) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "namespace": outcome.subject.namespace,
        "name": outcome.subject.name,
        "state": outcome.state,
    }
    if outcome.window is not None:
        entry["window"] = outcome.window.model_dump(mode="json", by_alias=True)
    if isinstance(outcome, Finished):
        report = outcome.report
        return entry | {
            "runId": report.run_id,
            "reason": report.reason,
            "message": report.message,
            "reused": outcome.reused,
            "counts": report.counts.model_dump(by_alias=True),
            "violations": [row.model_dump(by_alias=True, exclude_none=True) for row in report.violations],
            "artifactsURI": outcome.folder,
            "reportURI": outcome.report_uri,
        }
    return entry | {"reason": outcome.error.reason, "message": str(outcome.error)}
