"""Completeness, types and domains under the rule `Calibrated`: each an exact one-sided test of shares."""

from __future__ import annotations

import math
from dataclasses import dataclass

from model_monitor_analyzer.data_quality.findings import Pair, domain_of, share_outside
from model_monitor_analyzer.data_quality.profile import FeatureProfile
from model_monitor_analyzer.data_quality.result import Check, Measure
from model_monitor_analyzer.sagemaker.violations import data_type_text, requirement_text
from model_monitor_analyzer.statistics.categories import CategoryTable
from model_monitor_analyzer.statistics.proportions import (
    Proportion,
    exceeds_share_p_value,
    greater_p_value,
)

SHARE_FLOOR = 0.01
"""Increase of a share that does not matter, unless a person set a threshold."""

ENOUGH_ROWS = 100
"""Rows of a baseline that never showed what all of a window shows: then no test is needed."""


@dataclass(frozen=True)
class Candidate:
    """A check of one column, measured but not yet decided.

    Attributes
    ----------
    p_value
        None where the samples' totals leave nothing to test.
    p_value_at_floor
        The p-value if the effect were as large as the floor.
    certain
        Whether it is a violation whatever the p-value.
    measure
        What the effect is.
    """

    check: Check
    effect: float
    floor: float
    p_value: float | None
    p_value_at_floor: float | None
    severity: float
    description: str
    certain: bool = False
    measure: Measure = "ShareDifference"


def share_candidates(pair: Pair) -> list[Candidate]:
    """Measure completeness, types and domain of one column."""
    found = [_completeness(pair), _data_type(pair), _domain(pair)]
    return [candidate for candidate in found if candidate]


def _completeness(pair: Pair) -> Candidate:
    baseline, current = pair.baseline, pair.current
    required = pair.constraint.completeness
    # The suggestion is the observed share; anything else was typed by a person.
    typed = baseline is None or not math.isclose(required, baseline.completeness, abs_tol=1e-9)
    return _candidate(
        "completeness_check",
        current.missing_share,
        baseline.missing_share if baseline else None,
        tolerated=1 - required if typed else None,
        description=requirement_text(current.completeness),
        total_loss_is_certain=True,
    )


def _data_type(pair: Pair) -> Candidate | None:
    expected = pair.constraint.inferred_type
    wrong = _wrong_type(pair.current, expected)
    if wrong is None or wrong.n == 0:
        return None
    reference = None
    if pair.baseline and pair.baseline.present:
        reference = _wrong_type(pair.baseline, expected)
        if pair.baseline.types is None and pair.baseline.inferred_type == expected:
            # A type is inferred from all values, so a file that says no more says that all have it.
            reference = Proportion(0, pair.baseline.present)
    required = pair.thresholds.least_type_share
    return _candidate(
        "data_type_check",
        wrong,
        reference,
        tolerated=1 - required if pair.thresholds.type_share_typed else None,
        description=data_type_text(expected, required, 1 - wrong.share),
        total_loss_is_certain=True,
    )


def _wrong_type(feature: FeatureProfile, expected: str) -> Proportion | None:
    """Values that are not of a type; a whole number satisfies Integral, however it is written."""
    types = feature.types
    if types is None or expected in {"String", "Unknown"}:
        return None
    right = feature.whole if expected == "Integral" else types.integral + types.fractional
    return Proportion(max(0, feature.present - right), feature.present)


def _domain(pair: Pair) -> Candidate | None:
    domain = domain_of(pair.constraint)
    table = pair.current.categories if domain else None
    if table is None:
        return None
    outside = share_outside(table, domain)
    known = pair.baseline.categories if pair.baseline else None
    required = pair.thresholds.least_domain_share
    return _candidate(
        "categorical_values_check",
        outside,
        expected_outside(known, domain) if known else None,
        tolerated=1 - required if pair.thresholds.domain_share_typed else None,
        description=requirement_text(1 - outside.share),
    )


def expected_outside(table: CategoryTable, domain: frozenset[str]) -> Proportion:
    """Estimate how many values of fresh data fall outside a domain that the baseline's own values make up.

    None of the baseline's own values does, which says nothing. Each value seen once would have been outside
    had it come later, so the share of fresh data is about that of values seen once (Good, Biometrika 40,
    1953); one more is added for safety. The estimate varies like (f1 + 2 f2) / m², f2 values being seen
    twice (Esty, Annals of Statistics 11, 1983): the sample size is reduced until a binomial share varies as
    much.
    """
    actual = share_outside(table, domain)
    once, twice = table.observed_times(1), table.observed_times(2)
    weight = (once + 1) / (once + 1 + 2 * twice)
    n = max(1, math.floor(table.n * weight))
    return Proportion(min(n, math.ceil((actual.count + once + 1) * weight)), n)


def _candidate(
    check: Check,
    current: Proportion,
    reference: Proportion | None,
    *,
    tolerated: float | None,
    description: str,
    total_loss_is_certain: bool = False,
) -> Candidate:
    """Test whether a share has grown.

    Without a threshold of a person, the effect is the growth over the baseline, the floor 0.01. With one, the
    effect is the share itself and the floor what the person tolerates; significance is still against the
    baseline, but against the threshold where the baseline itself is beyond it or is not known.
    """
    if reference is None and tolerated is None:
        tolerated = SHARE_FLOOR
    if reference is not None and (tolerated is None or reference.share <= tolerated):
        base = reference.share if tolerated is None else 0.0
        floor = SHARE_FLOOR if tolerated is None else tolerated
        untestable = current.count + reference.count == 0
        p_value = None if untestable else greater_p_value(current, reference)
        at_floor = greater_p_value(_at_least(base + floor, current.n), reference)
    else:
        base, floor = 0.0, tolerated or 0.0
        p_value = exceeds_share_p_value(current, floor)
        at_floor = exceeds_share_p_value(_at_least(floor, current.n), floor)
    never_before = reference is not None and reference.count == 0 and reference.n >= ENOUGH_ROWS
    return Candidate(
        check,
        effect=max(0.0, current.share - base),
        floor=floor,
        p_value=p_value,
        p_value_at_floor=at_floor,
        severity=max(0.0, current.share - base),
        description=description,
        certain=total_loss_is_certain and never_before and 0 < current.count == current.n and floor < 1,
    )


def _at_least(share: float, n: int) -> Proportion:
    return Proportion(min(n, math.ceil(share * n)), n)
