"""How the run of a window ended, in a sentence."""

from model_monitor_analyzer.data_quality.result import DataQualityResult
from model_monitor_analyzer.pipeline.summarising import DataSummary
from model_monitor_api.contract.plan import ExecutionTask
from model_monitor_api.printable import cut, printable

_NAME_SHOWN = 80


def run_message(result: DataQualityResult, data: DataSummary, task: ExecutionTask) -> str:
    """Return what a run found: why there is no verdict, or which feature is worst."""
    match result.decided.reason:
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
    unusable, filtered, outside = data.problems.total, data.filtered, data.outside
    said, advice = [], []
    if unusable:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in data.problems.counts.items())
        said.append(f"{_records(unusable)} found, none usable ({kinds})")
        advice.append("compare the format, the columns and the record filter with the objects")
    if filtered:
        said.append(f"{_records(filtered)} left out by the filter or the script")
        advice.append("check what these keep")
    if outside:
        said.append(f"{_records(outside)} outside the window")
    if not said:
        return ""
    return "; ".join([*said, *([" and ".join(advice)] if advice else [])]) + "."


def _records(number: int) -> str:
    return "1 record was" if number == 1 else f"{number:,} records were"


def _worst(result: DataQualityResult) -> str:
    names = list(dict.fromkeys(violation.feature for violation in result.decided.violations))
    if not names:
        return "No feature violates its constraints."
    more = len(names) - 1
    others = f" and {more:,} more feature{'s' if more > 1 else ''}" if more else ""
    return f"`{cut(printable(names[0]), _NAME_SHOWN)}`{others} changed."
