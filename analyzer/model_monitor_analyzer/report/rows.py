"""Rows of the overview: every feature in one line."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from model_monitor_analyzer.report import formatting as fmt
from model_monitor_analyzer.report import sides
from model_monitor_analyzer.report.charts import sparkline
from model_monitor_analyzer.report.checks import Check, check_of
from model_monitor_analyzer.report.safe_text import LONGEST_TITLE, label
from model_monitor_analyzer.report.words import STATUS_WORDS, Status
from model_monitor_api.contract.report import Bin, FeatureReport

NAME_SHOWN, SEGMENT_SHOWN, KIND_SHOWN = 64, 48, 24


@dataclass(frozen=True)
class Row:
    """One feature in the overview. `ratio`, `q_sort` and `complete_sort` order it."""

    anchor: str
    name: str
    title: str
    segment: str
    role: str
    kind: str
    status: Status
    word: str
    spark: Markup
    check: Check | None
    ratio: float
    q_value: str
    q_sort: float
    complete: str
    complete_sort: float
    complete_before: str
    by_other_rule: bool
    value_range: str
    distinct: str
    expectations: str


def row_of(feature: FeatureReport, anchor: str, status: Status) -> Row:
    """Return a feature's row of the overview."""
    checks = [check_of(feature, outcome) for outcome in feature.checks]
    worst = max(checks, key=lambda c: (c.violated, c.ratio), default=None)
    q_value = min((c.q_value for c in feature.checks if c.q_value is not None), default=None)
    side = feature.baseline if status == "profile" else feature.current
    complete = sides.completeness(side)
    before = sides.completeness(feature.baseline)
    return Row(
        anchor=anchor,
        name=label(feature.name, NAME_SHOWN),
        title=label(feature.name, LONGEST_TITLE),
        segment=label(feature.segment, SEGMENT_SHOWN) if feature.segment is not None else "",
        role="" if feature.role == "Feature" else feature.role,
        kind=label(feature.kind, KIND_SHOWN),
        status=status,
        word=STATUS_WORDS[status],
        spark=sparkline(one_sided(feature), both=two_sided(feature)),
        check=worst,
        ratio=worst.ratio if worst else -1.0,
        q_value=fmt.probability(q_value),
        q_sort=2.0 if q_value is None else q_value,
        complete=fmt.percent(complete),
        complete_sort=-1.0 if complete is None else complete,
        complete_before=fmt.percent(before) if before is not None and before != complete else "",
        by_other_rule=any(c.by_other_rule for c in checks),
        value_range=sides.value_range(side),
        distinct=sides.distinct(side),
        expectations=_expectations(feature),
    )


def two_sided(feature: FeatureReport) -> bool:
    """Tell whether there is a baseline and a window to compare."""
    return feature.current is not None and feature.baseline is not None


def one_sided(feature: FeatureReport) -> Sequence[Bin]:
    """Return the bars; an extra column, which has a window only, in the baseline's place."""
    if feature.baseline is None and feature.current is not None:
        return [b.model_copy(update={"baseline": b.current, "current": 0.0}) for b in feature.bins]
    return feature.bins


def _expectations(feature: FeatureReport) -> str:
    """Return what a baseline suggests to require of a feature."""
    wanted = feature.constraints
    if wanted is None:
        return fmt.NOTHING
    share = fmt.percent(wanted.completeness)
    words = [f"{share} complete" if wanted.completeness == 1 else f"at least {share} complete"]
    if wanted.non_negative:
        words.append("not negative")
    if wanted.domain is not None:
        words.append(f"one of {fmt.plural(wanted.domain, 'value')}")
    return ", ".join(words)
