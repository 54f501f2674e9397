"""Results of the data-quality analysis as the documents that leave a run."""

import math
from collections.abc import Mapping

from model_monitor_analyzer.data_quality.chart import Bar, draw_bars
from model_monitor_analyzer.data_quality.profile import DatasetProfile, FeatureProfile
from model_monitor_analyzer.data_quality.result import (
    CheckResult,
    DataQualityResult,
    Distances,
    FeatureResult,
    RuleOutcome,
)
from model_monitor_analyzer.sagemaker.constraints import Constraints, FeatureConstraints
from model_monitor_analyzer.sagemaker.violations import ConstraintViolation, ConstraintViolations
from model_monitor_analyzer.sources.problems import Problems
from model_monitor_analyzer.statistics.cdf import WeightedCdf
from model_monitor_api.contract.report import (
    BadRecords,
    BadRecordSample,
    Bin,
    CheckOutcome,
    DataQualityReport,
    FeatureReport,
    NumericSummary,
    ReportViolation,
    Side,
    SuggestedConstraints,
    Verdict,
)
from model_monitor_api.v1alpha1.columns import ColumnKind

_VERDICTS: Mapping[str, Verdict] = {
    "Compliant": "Completed",
    "Violations": "CompletedWithViolations",
    "Inconclusive": "Inconclusive",
}

_DISTANCES = {
    "linf_simple": "LInfinitySimple",
    "linf_robust": "LInfinityRobust",
    "total_variation": "TotalVariation",
    "chi_squared": "ChiSquared",
    "chi_squared_p": "ChiSquaredPValue",
    "psi": "PSI",
    "jensen_shannon": "JensenShannon",
    "hellinger": "Hellinger",
    "wasserstein": "NormalizedWasserstein",
}
"""Names of distances in a report."""


def verdict_of(outcome: RuleOutcome) -> Verdict:
    """Return how a run ends by what its rule says."""
    return _VERDICTS[outcome.verdict]


def violations_of(outcome: RuleOutcome) -> list[ReportViolation]:
    """Return a rule's violations, worst first."""
    return [
        ReportViolation(
            feature=violation.feature,
            check=violation.check,
            description=violation.description,
            severity=violation.severity,
            segment=violation.segment,
        )
        for violation in outcome.violations
    ]


def violations_file(outcome: RuleOutcome) -> ConstraintViolations:
    """Return `constraint_violations.json`; of all rows, since SageMaker's file knows no segments."""
    return ConstraintViolations(
        violations=[
            ConstraintViolation(
                feature_name=violation.feature,
                constraint_check_type=violation.check,
                description=violation.description,
            )
            for violation in outcome.violations
            if violation.segment is None
        ]
    )


def window_findings(result: DataQualityResult) -> DataQualityReport:
    """Return what was found in a window, feature by feature."""
    return DataQualityReport(
        features=[_compared(feature) for feature in result.features],
        underpowered=list(result.underpowered),
        not_assessed=dict(result.not_assessed),
    )


def baseline_findings(
    profile: DatasetProfile, kinds: Mapping[str, ColumnKind], constraints: Constraints
) -> DataQualityReport:
    """Return what a baseline holds, feature by feature."""
    by_name = {feature.name: feature for feature in constraints.features}
    return DataQualityReport(
        features=[
            FeatureReport(
                name=feature.name,
                role=feature.role,
                kind=kinds[feature.name],
                baseline=_side(feature),
                bins=[_bin(bar) for bar in draw_bars(kinds[feature.name], feature, None)],
                constraints=_suggested(by_name.get(feature.name)),
            )
            for feature in profile.features
        ]
    )


def bad_records(problems: Problems) -> BadRecords:
    """Return what could not be read, with places and without values."""
    return BadRecords(
        counts={str(kind): count for kind, count in problems.counts.items()},
        samples=[
            BadRecordSample(object=place.uri, position=place.record, kind=str(place.kind))
            for place in problems.places
        ],
    )


def _compared(feature: FeatureResult) -> FeatureReport:
    return FeatureReport(
        name=feature.name,
        role=feature.role,
        kind=feature.kind,
        segment=feature.segment,
        checks=[_check(check) for check in feature.checks],
        distances=_distances(feature.distances) if feature.distances else {},
        baseline=_side(feature.baseline) if feature.baseline else None,
        current=_side(feature.current) if feature.current else None,
        bins=[_bin(bar) for bar in draw_bars(feature.kind, feature.baseline, feature.current)],
        notes=list(feature.notes),
    )


def _bin(bar: Bar) -> Bin:
    return Bin(
        label=bar.label,
        lower=bar.lower,
        upper=bar.upper,
        rest=bar.rest,
        baseline=bar.baseline,
        current=bar.current,
    )


def _check(check: CheckResult) -> CheckOutcome:
    return CheckOutcome(
        check=check.check,
        violated=check.violated,
        violated_by_other_rule=check.violated_by_other_rule,
        effect=_finite(check.effect),
        measure=check.measure or "",
        floor=_finite(check.floor),
        p_value=_finite(check.p_value),
        q_value=_finite(check.q_value),
        description=check.description,
    )


def _distances(distances: Distances) -> dict[str, float]:
    values = {name: _finite(getattr(distances, field)) for field, name in _DISTANCES.items()}
    return {name: value for name, value in values.items() if value is not None}


def _side(profile: FeatureProfile) -> Side:
    return Side(
        present=profile.present,
        missing=profile.missing,
        inferred_type=profile.inferred_type,
        distinct=profile.distinct,
        infinite=profile.negative_infinities + profile.positive_infinities,
        numeric=_numbers(profile),
    )


def _numbers(profile: FeatureProfile) -> NumericSummary | None:
    """Return moments and quantiles; none where a sum went beyond what a float holds."""
    moments = profile.moments
    if moments is None or not (math.isfinite(moments.mean) and math.isfinite(moments.std_dev)):
        return None
    low, median, high = (
        profile.cdf.quantile([0.05, 0.5, 0.95]).tolist()
        if isinstance(profile.cdf, WeightedCdf)
        else (None, None, None)
    )
    return NumericSummary(
        mean=moments.mean,
        std_dev=moments.std_dev,
        min=float(moments.minimum),
        max=float(moments.maximum),
        quantile_05=low,
        median=median,
        quantile_95=high,
    )


def _suggested(constraint: FeatureConstraints | None) -> SuggestedConstraints | None:
    if constraint is None:
        return None
    numbers, strings = constraint.num_constraints, constraint.string_constraints
    return SuggestedConstraints(
        completeness=constraint.completeness,
        non_negative=numbers.is_non_negative if numbers else None,
        domain=len(strings.domains) if strings and strings.domains is not None else None,
    )


def _finite(value: float | None) -> float | None:
    """Return a value that JSON can hold: SageMaker's χ² is undefined where too few categories are left."""
    return value if value is not None and math.isfinite(value) else None
