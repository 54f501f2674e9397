"""The result of an image of one's own as a run's result: checked as what strangers send, then published."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from pydantic import ValidationError

from model_monitor_analyzer.custom.untrusted import read_left
from model_monitor_analyzer.errors import ConfigurationError, ImageResultError
from model_monitor_analyzer.pipeline.outcome import Finished
from model_monitor_analyzer.pipeline.results import Run, execution_task
from model_monitor_analyzer.sagemaker.constraints import Constraints
from model_monitor_analyzer.sagemaker.document import DocumentError
from model_monitor_analyzer.sagemaker.statistics import Statistics
from model_monitor_analyzer.sagemaker.violations import ConstraintViolations
from model_monitor_api.contract.custom import MESSAGE, OUTPUT, RECORD, FetchedRun
from model_monitor_api.contract.report import AnalysisReport, ReportViolation, Verdict
from model_monitor_api.failures import Inconclusive
from model_monitor_api.layout import CONSTRAINTS, STATISTICS, VIOLATIONS
from model_monitor_api.printable import cut, printable
from model_monitor_api.v1alpha1.monitoringexecution import Counts

MAX_DOCUMENT_BYTES: Final = 64 << 20
"""Bytes of one of the image's documents."""

MAX_VIOLATIONS: Final = 10_000
"""Violations that an image may name."""

_MAX_MESSAGE_BYTES: Final = 64 << 10
_MAX_RECORD_BYTES: Final = 64 << 10
_OTHER_SPELLING: Final = "constraints_violations.json"  # some of SageMaker's own pages have it so
_COUNT_LIMIT: Final = 2**53

Parsed = TypeVar("Parsed")


class _Left(NamedTuple):
    """What the image left."""

    files: Mapping[str, bytes]
    violations: ConstraintViolations
    statistics: Statistics | None
    message: str


def read_record(work: Path) -> FetchedRun:
    """Return what `fetch` wrote down.

    Raises
    ------
    ConfigurationError
        If it did not, or not here.
    """
    try:
        with (work / RECORD).open("rb") as file:
            return FetchedRun.model_validate_json(file.read(_MAX_RECORD_BYTES))
    except (OSError, ValidationError) as error:
        raise ConfigurationError(f"--work: '{work}' holds nothing that `model-monitor fetch` left") from error


def collect(run: Run, record: FetchedRun, work: Path, *, now: datetime, version: str) -> Finished:
    """Publish what the image left as the result of a run, unless that result is there already.

    Parameters
    ----------
    run
        The run that was fetched.
    record
        What was fetched for it.
    work
        What was `/opt/ml` to the image.
    now
        When it ended.
    version
        Version of this software.

    Raises
    ------
    ImageResultError
        If the image left nothing that tells a verdict, or a file that is not of SageMaker's form.
    """
    if (existing := run.existing(None)) is not None:
        return existing
    left = _read(work)
    if left is None and record.objects:
        raise ImageResultError(
            f"the analyzer's image left neither {OUTPUT / VIOLATIONS} nor {MESSAGE}: it must write one of "
            "them also where nothing is violated"
        )
    report = _report(run, record, left, now, version)
    files = {VIOLATIONS: ConstraintViolations(violations=[]).to_json().encode()}
    return run.publish({**files, **(left.files if left else {})}, report, record.inputs)


def _read(work: Path) -> _Left | None:
    contents = {
        name: read_left(work, OUTPUT / name, limit=MAX_DOCUMENT_BYTES)
        for name in (VIOLATIONS, STATISTICS, CONSTRAINTS)
    }
    if contents[VIOLATIONS] is None:
        contents[VIOLATIONS] = read_left(work, OUTPUT / _OTHER_SPELLING, limit=MAX_DOCUMENT_BYTES)
    message = read_left(work, MESSAGE, limit=_MAX_MESSAGE_BYTES)
    files = {name: content for name, content in contents.items() if content is not None}
    if VIOLATIONS not in files and message is None:
        return None
    violations = _parsed(files, VIOLATIONS, ConstraintViolations.from_json)
    if violations is not None and len(violations.violations) > MAX_VIOLATIONS:
        raise ImageResultError(f"{VIOLATIONS} names more than {MAX_VIOLATIONS:,} violations")
    _parsed(files, CONSTRAINTS, Constraints.from_json)
    return _Left(
        files,
        violations or ConstraintViolations(violations=[]),
        _parsed(files, STATISTICS, Statistics.from_json),
        (message or b"").decode(errors="replace").strip(),
    )


def _parsed(files: Mapping[str, bytes], name: str, parse: Callable[[bytes, str], Parsed]) -> Parsed | None:
    if name not in files:
        return None
    try:
        return parse(files[name], name)
    except DocumentError as error:
        # Its sentence may quote a value; a status must not.
        raise ImageResultError(
            f"{name} of the analyzer's image is not in SageMaker's form at {cut(printable(error.path), 200)}"
        ) from error


def _report(run: Run, record: FetchedRun, left: _Left | None, now: datetime, version: str) -> AnalysisReport:
    task = execution_task(run.plan)
    violations = _violations(left.violations) if left else []
    verdict, sentence = _verdict(left, len(violations))
    statistics = left.statistics if left else None
    return AnalysisReport(
        run_id=run.id,
        subject=run.plan.subject,
        type=task.type,
        window=run.window,
        verdict=verdict,
        reason=Inconclusive.NO_DATA.value if verdict == "Inconclusive" else None,
        message=sentence,
        counts=Counts(
            records=min(statistics.dataset.item_count, _COUNT_LIMIT) if statistics else 0,
            features=len(statistics.features) if statistics else 0,
            violations=len(violations),
        ),
        violations=violations,
        baseline_uri=task.baseline.uri,
        plan_digest=run.plan.digest(),
        analyzer_version=version,
        objects=record.objects,
        completed_at=now,
    )


def _violations(found: ConstraintViolations) -> list[ReportViolation]:
    return [
        ReportViolation(
            feature=cut(violation.feature_name, 512),
            check=cut(violation.constraint_check_type, 128),
            description=cut(violation.description, 2048),
            severity=1.0,  # the contract tells no size; the image's own order is kept
        )
        for violation in found.violations
    ]


def _verdict(left: _Left | None, violations: int) -> tuple[Verdict, str]:
    """Return how the run ended: by the violations that are named, or the word before the message's colon."""
    if left is None:
        return "Inconclusive", "There are no objects in the window, and the analyzer's image left no result."
    state, colon, rest = left.message.partition(":")
    claimed = state.strip() if colon and state.strip() in {"Completed", "CompletedWithViolations"} else ""
    said = cut(printable((rest if claimed else left.message).strip()), 512)
    if violations or claimed == "CompletedWithViolations":
        return "CompletedWithViolations", said or f"The analyzer's image named {violations:,} violations."
    return "Completed", said or "The analyzer's image named no violation."
