"""One side of a feature, baseline or window, in words and numbers."""

import math

from model_monitor_analyzer.report import formatting as fmt
from model_monitor_analyzer.report.safe_text import label
from model_monitor_api.contract.report import Side

TYPE_SHOWN = 24


def completeness(side: Side | None) -> float | None:
    """Return the share of values that are there; None where there is no value at all."""
    if side is None or side.present + side.missing == 0:
        return None
    return side.present / (side.present + side.missing)


def distinct(side: Side | None) -> str:
    """Return how many distinct values there are; an estimate says that it is one."""
    if side is None or not math.isfinite(side.distinct):
        return fmt.NOTHING
    whole = round(side.distinct)
    return fmt.number(whole) if side.distinct == whole else f"about {fmt.number(whole)}"


def value_range(side: Side | None) -> str:
    """Return from where to where numbers go."""
    if side is None or side.numeric is None:
        return fmt.NOTHING
    return f"{fmt.number(side.numeric.min)} to {fmt.number(side.numeric.max)}"


def figures(side: Side | None) -> dict[str, str]:
    """Return the numbers of a side by their names, without those that it does not have."""
    if side is None:
        return {}
    complete = completeness(side)
    missing = f"{side.missing:,}"
    if side.missing and complete is not None:
        missing += f" ({fmt.percent(1 - complete)})"
    named = {
        "Present": f"{side.present:,}",
        "Missing": missing,
        "Type": label(side.inferred_type, TYPE_SHOWN),
        "Distinct": distinct(side),
    }
    if side.infinite:
        named["Infinite"] = f"{side.infinite:,}"
    if side.numeric:
        numeric = side.numeric
        values = {
            "Mean": numeric.mean,
            "Std. deviation": numeric.std_dev,
            "Minimum": numeric.min,
            "5% quantile": numeric.quantile_05,
            "Median": numeric.median,
            "95% quantile": numeric.quantile_95,
            "Maximum": numeric.max,
        }
        named |= {name: fmt.number(value, 5) for name, value in values.items() if value is not None}
    return named
