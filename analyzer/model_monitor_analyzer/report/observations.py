"""What changed, in a plain sentence with the feature's own numbers: distances tell nobody what happened."""

from model_monitor_analyzer.report import formatting as fmt
from model_monitor_analyzer.report import sides
from model_monitor_analyzer.report.safe_text import label, quoted
from model_monitor_api.contract.report import FeatureReport, NumericSummary

CATEGORY_SHOWN = 40
SMALL_MOVE = 0.1
"""Baseline standard deviations below which the spread says more than the mean."""

_REST = {"Other": "the other categories", "Unseen": "values not in the baseline"}


def observation(feature: FeatureReport, check: str) -> str:
    """Return what a check saw, in the feature's own numbers; empty where there is nothing to add."""
    before, now = feature.baseline, feature.current
    if before is None or now is None:
        return ""
    if check == "completeness_check":
        return _missing(sides.completeness(before), sides.completeness(now))
    if check != "baseline_drift_check":
        return ""
    if feature.kind == "Numeric" and before.numeric and now.numeric:
        return _moved(before.numeric, now.numeric)
    return _largest_change(feature)


def _missing(before: float | None, now: float | None) -> str:
    if before is None or now is None:
        return ""
    if before == now == 1:
        return "No values are missing."
    if before == now:
        return f"Missing values stayed at {fmt.percent(1 - now)}."
    return f"Missing values went from {fmt.percent(1 - before)} to {fmt.percent(1 - now)}."


def _moved(before: NumericSummary, now: NumericSummary) -> str:
    means = f"The mean went from {fmt.number(before.mean)} to {fmt.number(now.mean)}"
    if before.std_dev <= 0:
        return f"{means}."
    deviations = now.mean / before.std_dev - before.mean / before.std_dev
    if abs(deviations) < SMALL_MOVE:
        return (
            f"{means}, and the standard deviation from {fmt.number(before.std_dev)} to "
            f"{fmt.number(now.std_dev)}."
        )
    side = "higher" if deviations > 0 else "lower"
    return f"{means}: {fmt.number(abs(deviations), 2)} baseline standard deviations {side}."


def _largest_change(feature: FeatureReport) -> str:
    if not feature.bins:
        return ""
    bar = max(feature.bins, key=lambda b: abs(b.current - b.baseline))
    name = _REST[bar.rest] if bar.rest else quoted(label(bar.label, CATEGORY_SHOWN))
    return f"Largest change: {name} went from {fmt.percent(bar.baseline)} to {fmt.percent(bar.current)}."
