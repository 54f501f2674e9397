"""The rule `Calibrated`: an alarm needs an effect beyond a floor, and significance over the whole run.

Every test of the run, over columns, checks and segments, is one family. A test whose effect does not exceed
its floor enters the family with p = 1: then the procedure controls the share of false alarms among the alarms
themselves, and many real but small changes cannot make it generous (see
docs/decisions/0003-calibrated-rule.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from model_monitor_analyzer.data_quality.drift import measure_drift
from model_monitor_analyzer.data_quality.findings import Finding, Pair
from model_monitor_analyzer.data_quality.result import Measure
from model_monitor_analyzer.data_quality.shares import Candidate, share_candidates
from model_monitor_analyzer.sagemaker.violations import drift_text
from model_monitor_analyzer.statistics.multiplicity import benjamini_hochberg

DEFAULT_DRIFT_FLOOR = 0.1
"""Distance that does not matter where the constraints' threshold is no distance (`ChiSquared`)."""

_MEASURES: Mapping[str, Measure] = {
    "Numbers": "KolmogorovSmirnov",
    "Categories": "TotalVariation",
    "NewValues": "NewValues",
    "Lengths": "Lengths",
}


def candidates_of(pair: Pair, reference_floor: float = 0.0) -> list[Candidate]:
    """Measure every check of one column.

    Parameters
    ----------
    pair
        The column on both sides.
    reference_floor
        Distance that the baseline's own stretches of time differ by.
    """
    found = share_candidates(pair)
    if not pair.thresholds.compare or pair.baseline is None:
        return found
    drift = measure_drift(pair.kind, pair.baseline, pair.current)
    if drift is None:
        return found
    thresholds = pair.thresholds
    if pair.kind in {"Categorical", "Boolean"}:
        is_distance = thresholds.categorical_method == "LInfinity"
        threshold = thresholds.categorical_threshold if is_distance else DEFAULT_DRIFT_FLOOR
    else:
        threshold = thresholds.numeric_threshold
    floor = max(threshold, reference_floor)
    found.append(
        Candidate(
            "baseline_drift_check",
            effect=drift.effect,
            floor=floor,
            p_value=drift.p_value,
            p_value_at_floor=drift.p_value_at(floor),
            severity=drift.effect,
            description=drift_text(drift.effect, floor),
            measure=_MEASURES[drift.form],
        )
    )
    return found


def decide(candidates: Sequence[Candidate], false_discovery_rate: float) -> list[Finding]:
    """Decide all candidates of a run together.

    Parameters
    ----------
    candidates
        Every check of every column and segment.
    false_discovery_rate
        Expected share of false alarms among all alarms that is tolerated.

    Returns
    -------
    One finding for each candidate, in their order.
    """
    family = [index for index, candidate in enumerate(candidates) if candidate.p_value is not None]
    beyond = [candidates[index].effect > candidates[index].floor for index in family]
    adjusted = benjamini_hochberg(
        [
            candidates[index].p_value or 0.0 if is_beyond else 1.0
            for index, is_beyond in zip(family, beyond, strict=True)
        ]
    )
    q_values = {
        index: float(q) for index, q, is_beyond in zip(family, adjusted, beyond, strict=True) if is_beyond
    }
    alarms = sum(1 for q in q_values.values() if q <= false_discovery_rate)
    # What one more test would have had to fall below.
    bar = false_discovery_rate * min(1.0, (alarms + 1) / max(1, len(family)))
    return [
        _finding(candidate, q_values.get(index), false_discovery_rate, bar)
        for index, candidate in enumerate(candidates)
    ]


def _finding(candidate: Candidate, q_value: float | None, rate: float, bar: float) -> Finding:
    significant = q_value is not None and q_value <= rate
    violated = candidate.certain or significant
    why = "all values" if candidate.certain else f"q-value {q_value:.2g}" if q_value is not None else ""
    at_floor = candidate.p_value_at_floor
    return Finding(
        candidate.check,
        violated,
        effect=candidate.effect,
        floor=candidate.floor,
        severity=candidate.severity,
        description=f"{candidate.description} ({why})" if violated else candidate.description,
        p_value=candidate.p_value,
        q_value=q_value,
        underpowered=not violated and at_floor is not None and at_floor > bar,
        measure=candidate.measure,
    )
