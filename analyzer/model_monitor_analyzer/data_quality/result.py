"""What a data-quality run finds: frozen results, and the words they use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from model_monitor_analyzer.data_quality.profile import FeatureProfile, Role
from model_monitor_api.v1alpha1.analysis import Decision
from model_monitor_api.v1alpha1.columns import ColumnKind

Check = Literal[
    "data_type_check",
    "completeness_check",
    "baseline_drift_check",
    "missing_column_check",
    "extra_column_check",
    "categorical_values_check",
]
"""Names of the checks as SageMaker's `constraint_violations.json` spells them."""

Measure = Literal[
    "KolmogorovSmirnov",
    "TotalVariation",
    "NewValues",
    "Lengths",
    "ShareDifference",
    "LInfinity",
    "LInfinityRobust",
    "ChiSquared",
]
"""What an effect is: a distance, or a difference of shares; for `ChiSquared` there is only a p-value."""

Verdict = Literal["Compliant", "Violations", "Inconclusive"]
InconclusiveReason = Literal["NoData", "TooFewRecords", "LowCoverage"]


@dataclass(frozen=True)
class Violation:
    """One violated constraint.

    Attributes
    ----------
    severity
        Share of the data concerned, from 0 to 1, for ordering: the distance, the lost completeness, the
        share of wrong values; 1 for a missing column, 0 for an extra one.
    segment
        Segment of the rows, or None for all of them.
    """

    feature: str
    check: Check
    description: str
    severity: float
    segment: str | None = None


@dataclass(frozen=True)
class CheckResult:
    """One check of one feature by the rule that decided.

    Attributes
    ----------
    effect, floor
        What was measured, and what it had to exceed: a distance, or a difference of shares.
    p_value, q_value
        Probability of as much without a change, and the same controlled for false discoveries over the run;
        None where the check is deterministic.
    underpowered
        Whether an effect as large as the floor could not have been significant in samples of this size.
    violated_by_other_rule
        What the other rule would have said.
    measure
        What the effect is; None where nothing is measured, as of a column that only one side has.
    """

    check: Check
    violated: bool
    violated_by_other_rule: bool
    effect: float | None
    floor: float | None
    p_value: float | None
    q_value: float | None
    underpowered: bool
    description: str
    measure: Measure | None = None


@dataclass(frozen=True)
class Distances:
    """Distances between baseline and current values of one feature; None where one has no meaning.

    Attributes
    ----------
    linf_simple, linf_robust
        SageMaker's distances: of distribution functions for numbers, of category shares otherwise.
    total_variation
        Over the baseline's top 100 categories, its others, and unseen ones.
    chi_squared, chi_squared_p
        SageMaker's χ² of categories.
    psi, jensen_shannon, hellinger
        Over the baseline's deciles, or over the cells of `total_variation`.
    wasserstein
        Wasserstein-1 in units of the baseline's standard deviation.
    """

    linf_simple: float
    linf_robust: float
    total_variation: float | None = None
    chi_squared: float | None = None
    chi_squared_p: float | None = None
    psi: float | None = None
    jensen_shannon: float | None = None
    hellinger: float | None = None
    wasserstein: float | None = None


@dataclass(frozen=True)
class FeatureResult:
    """One feature: baseline against current.

    Attributes
    ----------
    baseline, current
        The profiles compared; None for an extra or a missing column.
    notes
        What a reader should know, such as why the distribution was not compared.
    """

    name: str
    role: Role
    kind: ColumnKind
    segment: str | None
    baseline: FeatureProfile | None
    current: FeatureProfile | None
    distances: Distances | None
    checks: tuple[CheckResult, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RuleOutcome:
    """What one rule says of the run.

    Attributes
    ----------
    violations
        Worst first.
    reason
        Why it is inconclusive.
    """

    rule: Decision
    verdict: Verdict
    reason: InconclusiveReason | None
    violations: tuple[Violation, ...]


@dataclass(frozen=True)
class DataQualityResult:
    """What a data-quality run found.

    Attributes
    ----------
    decided
        What the rule in force says; `decided.rule` names it.
    otherwise
        What the other rule would have said.
    underpowered
        Features of which the samples were too small to show the floor.
    not_assessed
        Columns that were not compared, with the reason.
    """

    decided: RuleOutcome
    otherwise: RuleOutcome
    rows: int
    features: tuple[FeatureResult, ...]
    underpowered: tuple[str, ...]
    not_assessed: tuple[tuple[str, str], ...]
