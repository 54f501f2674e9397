"""How the run of a window ended, in a sentence."""

from model_monitor_analyzer.data_quality.result import DataQualityResult
from model_monitor_analyzer.pipeline.coverage import is_low
from model_monitor_analyzer.pipeline.summarising import DataSummary
from model_monitor_analyzer.sources.problems import ProblemKind, Problems
from model_monitor_api.contract.plan import ExecutionTask
from model_monitor_api.contract.report import Coverage
from model_monitor_api.printable import cut, printable

_NAME_SHOWN = 80


def run_message(
    result: DataQualityResult, data: DataSummary, task: ExecutionTask, coverage: Coverage | None = None
) -> str:
    """Return what a run found: why there is no verdict, or which feature is worst."""
    parts = [_found(result, data, task)]
    decided = result.decided
    if coverage is not None and (decided.violations or decided.reason == "LowCoverage"):
        parts.append(_captured(coverage, task.min_completeness))
    if result.decided.reason != "NoData":  # which tells of all that was lost
        parts.append(damage(data.problems))
    return " ".join(part for part in parts if part)


def _captured(coverage: Coverage, least: float) -> str:
    """Return how much was captured, where that is too little; else nothing."""
    if not is_low(coverage, least):
        return ""
    if not coverage.accounts:
        return "Nothing tells how much was captured: no account lies beside the objects."
    if coverage.unaccounted:
        folders = "folder has" if coverage.unaccounted == 1 else "folders have"
        return (
            f"Nothing tells how much was captured: {coverage.unaccounted:,} {folders} objects and no account."
        )
    if coverage.captured >= least * coverage.seen:
        return "More may be missing than is known: a part of the capture ended early."
    share = coverage.captured / coverage.seen
    return (
        f"Capture kept {coverage.captured:,} of {coverage.seen:,} requests ({share:.1%}), less than the "
        f"{least:.1%} that a verdict needs."
    )


def _found(result: DataQualityResult, data: DataSummary, task: ExecutionTask) -> str:
    match result.decided.reason:
        case "LowCoverage":
            return ""
        case "NoData":
            return loss(data) or "There are no records in the window."
        case "TooFewRecords":
            return (
                f"Nothing alarmed in {result.rows:,} records, fewer than the {task.min_records:,} that a "
                "verdict needs."
            )
        case _:
            return _worst(result)


def loss(data: DataSummary) -> str:
    """Return why nothing is left of what was read, and what to do; empty if nothing was read."""
    unusable, filtered, outside, failed = data.problems.total, data.filtered, data.outside, data.failed
    said, advice = [], []
    if unusable:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in data.problems.counts.items())
        said.append(f"{_records(unusable)} found, none usable ({kinds})")
        advice.append("compare the format, the columns and the record filter with the objects")
    if filtered:
        said.append(f"{_records(filtered)} left out by the filter or the script")
        advice.append("check what these keep")
    if failed:
        said.append(f"{_records(failed)} of failed requests")
        advice.append("ask why the model refuses them")
    if outside:
        said.append(f"{_records(outside)} outside the window")
    if not said:
        return ""
    return "; ".join([*said, *([" and ".join(advice)] if advice else [])]) + "."


def damage(problems: Problems) -> str:
    """Return how many objects hold less than was written, where there are any; else nothing."""
    number = problems.counts.get(ProblemKind.TRUNCATED_OBJECT, 0)
    if not number:
        return ""
    objects = "1 object is" if number == 1 else f"{number:,} objects are"
    return f"{objects} damaged or cut short; what came before was read."


def _records(number: int) -> str:
    return "1 record was" if number == 1 else f"{number:,} records were"


def _worst(result: DataQualityResult) -> str:
    names = list(dict.fromkeys(violation.feature for violation in result.decided.violations))
    if not names:
        return "No feature violates its constraints."
    more = len(names) - 1
    others = f" and {more:,} more feature{'s' if more > 1 else ''}" if more else ""
    return f"`{cut(printable(names[0]), _NAME_SHOWN)}`{others} changed."
