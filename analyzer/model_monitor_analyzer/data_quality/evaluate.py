"""From a baseline and a window's profile to a verdict, with what the other rule would have said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from model_monitor_analyzer.data_quality.calibrated import candidates_of, decide
from model_monitor_analyzer.data_quality.compatible import compatible_findings
from model_monitor_analyzer.data_quality.distance_table import measure_distances
from model_monitor_analyzer.data_quality.drift import why_not_compared
from model_monitor_analyzer.data_quality.findings import Baseline, Finding, Pair, Schema, match_columns
from model_monitor_analyzer.data_quality.profile import DatasetProfile
from model_monitor_analyzer.data_quality.result import (
    CheckResult,
    DataQualityResult,
    FeatureResult,
    InconclusiveReason,
    RuleOutcome,
    Verdict,
    Violation,
)
from model_monitor_analyzer.sagemaker.violations import extra_column_text, missing_column_text
from model_monitor_api.v1alpha1.analysis import Decision


@dataclass(frozen=True)
class Settings:
    """How a run decides.

    Attributes
    ----------
    decision
        The rule in force.
    false_discovery_rate
        Tolerated share of false alarms among alarms, under `Calibrated`.
    min_records
        Rows below which a window without an alarm is inconclusive, under `Calibrated`.
    """

    decision: Decision = "Calibrated"
    false_discovery_rate: float = 0.01
    min_records: int = 100


@dataclass(frozen=True)
class Segment:
    """A part of the rows that is analysed apart too."""

    name: str
    baseline: Baseline
    current: DatasetProfile


@dataclass(frozen=True)
class _Compared:
    """One column of one segment with what both rules find."""

    segment: str | None
    pair: Pair
    calibrated: Sequence[Finding]
    compatible: Sequence[Finding]


def evaluate(
    baseline: Baseline,
    current: DatasetProfile,
    settings: Settings,
    segments: Sequence[Segment] = (),
) -> DataQualityResult:
    """Compare a window with its baseline.

    Parameters
    ----------
    baseline
        Statistics, kinds, constraints and floors of the reference.
    current
        Profile of the window.
    settings
        The rule in force and what it tolerates.
    segments
        Parts of the rows that are analysed apart too; their tests are in the same family. Columns are
        matched for all rows only.
    """
    if current.rows == 0:
        return _nothing(settings)
    schema = match_columns(baseline, current)
    parts = [(None, baseline, schema)] + [
        (segment.name, segment.baseline, match_columns(segment.baseline, segment.current))
        for segment in segments
    ]
    compared = _compare(parts, settings)
    of_schema = _schema_violations(schema)
    calibrated = _outcome("Calibrated", of_schema, compared, current.rows < settings.min_records)
    compatible = _outcome("Compatible", of_schema, compared, too_few=False)
    strict = settings.decision == "Compatible"
    features = [_feature(item, settings.decision) for item in compared]
    underpowered = dict.fromkeys(
        item.pair.current.name
        for item in compared
        if item.segment is None and any(finding.underpowered for finding in item.calibrated)
    )
    return DataQualityResult(
        decided=compatible if strict else calibrated,
        otherwise=calibrated if strict else compatible,
        rows=current.rows,
        features=(*features, *_unmatched(schema, baseline, current)),
        underpowered=tuple(underpowered),
        not_assessed=schema.not_assessed,
    )


def _compare(parts: Sequence[tuple[str | None, Baseline, Schema]], settings: Settings) -> list[_Compared]:
    """Measure every pair, decide all together, and hand each pair its findings back."""
    pairs = [
        (segment, pair, candidates_of(pair, baseline.floors.get(pair.current.name, 0.0)))
        for segment, baseline, schema in parts
        for pair in schema.pairs
    ]
    decided = iter(decide([c for _, _, found in pairs for c in found], settings.false_discovery_rate))
    return [
        _Compared(segment, pair, [next(decided) for _ in found], compatible_findings(pair))
        for segment, pair, found in pairs
    ]


def _schema_violations(schema: Schema) -> list[Violation]:
    return [
        *(Violation(name, "missing_column_check", missing_column_text(name), 1.0) for name in schema.missing),
        *(Violation(name, "extra_column_check", extra_column_text(name), 0.0) for name in schema.extra),
    ]


def _outcome(
    rule: Decision, of_schema: Sequence[Violation], compared: Sequence[_Compared], too_few: bool
) -> RuleOutcome:
    found = [
        Violation(item.pair.current.name, finding.check, finding.description, finding.severity, item.segment)
        for item in compared
        for finding in (item.compatible if rule == "Compatible" else item.calibrated)
        if finding.violated
    ]
    violations = sorted([*of_schema, *found], key=lambda violation: -violation.severity)
    verdict: Verdict = "Violations" if violations else "Inconclusive" if too_few else "Compliant"
    reason: InconclusiveReason | None = "TooFewRecords" if verdict == "Inconclusive" else None
    return RuleOutcome(rule, verdict, reason, tuple(violations))


def _feature(item: _Compared, decision: Decision) -> FeatureResult:
    pair = item.pair
    sides = (item.compatible, item.calibrated)
    deciding, other = sides if decision == "Compatible" else sides[::-1]
    otherwise = {finding.check: finding for finding in other}
    checks = [_check(finding, otherwise.pop(finding.check, None)) for finding in deciding]
    checks += [_check(replace(finding, violated=False), finding) for finding in otherwise.values()]
    note = "the baseline has no statistics of it"
    if pair.baseline:
        note = why_not_compared(pair.kind, pair.baseline, pair.current) or ""
    return FeatureResult(
        name=pair.current.name,
        role=pair.current.role,
        kind=pair.kind,
        segment=item.segment,
        baseline=pair.baseline,
        current=pair.current,
        distances=measure_distances(pair.kind, pair.baseline, pair.current) if pair.baseline else None,
        checks=tuple(checks),
        notes=(note,) if note else (),
    )


def _check(finding: Finding, by_other_rule: Finding | None) -> CheckResult:
    return CheckResult(
        check=finding.check,
        violated=finding.violated,
        violated_by_other_rule=by_other_rule is not None and by_other_rule.violated,
        effect=finding.effect,
        floor=finding.floor,
        p_value=finding.p_value,
        q_value=finding.q_value,
        underpowered=finding.underpowered,
        description=finding.description if finding.violated else "",
        measure=finding.measure,
    )


def _unmatched(schema: Schema, baseline: Baseline, current: DatasetProfile) -> list[FeatureResult]:
    """Columns that only one side has: no distances, one deterministic check."""
    results = []
    for violation in _schema_violations(schema):
        old, new = baseline.profile.by_name.get(violation.feature), current.by_name.get(violation.feature)
        known = old or new
        results.append(
            FeatureResult(
                name=violation.feature,
                role=known.role if known else "Feature",
                kind=baseline.kinds.get(violation.feature, "Text"),
                segment=None,
                baseline=old,
                current=new,
                distances=None,
                checks=(
                    CheckResult(
                        violation.check, True, True, None, None, None, None, False, violation.description
                    ),
                ),
            )
        )
    return results


def _nothing(settings: Settings) -> DataQualityResult:
    decided = RuleOutcome(settings.decision, "Inconclusive", "NoData", ())
    other: Decision = "Calibrated" if settings.decision == "Compatible" else "Compatible"
    return DataQualityResult(decided, replace(decided, rule=other), 0, (), (), ())
