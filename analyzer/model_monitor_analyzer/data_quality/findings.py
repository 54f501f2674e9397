"""What the two rules share: the columns that are compared, what constraints count, and a rule's findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from model_monitor_analyzer.data_quality.profile import DatasetProfile, FeatureProfile
from model_monitor_analyzer.data_quality.result import Check, Measure
from model_monitor_analyzer.data_quality.thresholds import Thresholds, thresholds_for
from model_monitor_analyzer.sagemaker.constraints import Constraints, FeatureConstraints
from model_monitor_analyzer.statistics.categories import CategoryTable
from model_monitor_analyzer.statistics.proportions import Proportion
from model_monitor_analyzer.summaries.keys import canonical_keys
from model_monitor_api.v1alpha1.columns import ColumnKind


@dataclass(frozen=True)
class Baseline:
    """What a window is compared with.

    Attributes
    ----------
    profile
        Statistics of the baseline's data; without columns if only constraints are known.
    kinds
        Kind of every column of the profile, as frozen when the baseline was made.
    constraints
        What the columns must be like, with all overrides written in (`thresholds.with_settings`).
    floors
        Distance by column that the baseline's own stretches of time differ by (`reference.reference_floors`).
    """

    profile: DatasetProfile
    kinds: Mapping[str, ColumnKind]
    constraints: Constraints
    floors: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Pair:
    """One column on both sides, with its constraints.

    Attributes
    ----------
    baseline
        None if the baseline has constraints but no statistics of the column.
    """

    constraint: FeatureConstraints
    thresholds: Thresholds
    kind: ColumnKind
    baseline: FeatureProfile | None
    current: FeatureProfile


@dataclass(frozen=True)
class Finding:
    """What one rule says of one check of one column.

    Attributes
    ----------
    severity
        As in `Violation`.
    """

    check: Check
    violated: bool
    effect: float | None
    floor: float | None
    severity: float
    description: str
    p_value: float | None = None
    q_value: float | None = None
    underpowered: bool = False
    measure: Measure = "ShareDifference"


@dataclass(frozen=True)
class Schema:
    """Which columns both sides have.

    Attributes
    ----------
    pairs
        Columns to compare, in the baseline's order; those whose constraints are switched off are left out.
    missing, extra
        Names of columns that only the baseline, or only the current data has.
    not_assessed
        Names and reasons of columns that are left out.
    """

    pairs: tuple[Pair, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    not_assessed: tuple[tuple[str, str], ...]


def match_columns(baseline: Baseline, current: DatasetProfile) -> Schema:
    """Match the columns of a window with those of the baseline, by name.

    A prediction or probability that the baseline does not have is not assessed, and never an extra column.
    """
    pairs: list[Pair] = []
    missing: list[str] = []
    skipped: list[tuple[str, str]] = []
    for constraint in baseline.constraints.features:
        name = constraint.name
        thresholds = thresholds_for(baseline.constraints, constraint)
        known = baseline.profile.by_name.get(name)
        found = current.by_name.get(name)
        kind = baseline.kinds.get(name) or _kind_by_constraint(constraint)
        if kind == "Ignore":
            continue
        if not thresholds.evaluate:
            skipped.append((name, "its constraints are disabled"))
        elif found is None:
            missing.append(name)
        else:
            pairs.append(Pair(constraint, thresholds, kind, known, found))
    constrained = {constraint.name for constraint in baseline.constraints.features}
    extra: list[str] = []
    for feature in current.features:
        if feature.name in constrained or baseline.kinds.get(feature.name) == "Ignore":
            continue
        if feature.name in baseline.profile.by_name:
            skipped.append((feature.name, "the baseline has no constraints for it"))
        elif feature.role != "Feature":
            skipped.append((feature.name, f"the baseline has no {feature.role.lower()}"))
        elif thresholds_for(baseline.constraints, None).evaluate:
            extra.append(feature.name)
    return Schema(tuple(pairs), tuple(missing), tuple(extra), tuple(skipped))


def domain_of(constraint: FeatureConstraints) -> frozenset[str]:
    """Return the values of a domain under the keys that they are counted by: 1.0 as 1; empty without one."""
    domains = constraint.string_constraints.domains if constraint.string_constraints else None
    return frozenset(canonical_keys(domains or []))


def share_outside(table: CategoryTable, domain: frozenset[str]) -> Proportion:
    """Values that are not in a domain; what the table does not list counts as outside."""
    inside = sum(table.counts.get(name, 0) for name in domain)
    return Proportion(table.n - inside, table.n)


def _kind_by_constraint(constraint: FeatureConstraints) -> ColumnKind:
    if constraint.inferred_type in {"Integral", "Fractional"}:
        return "Numeric"
    return "Categorical" if constraint.string_constraints else "Text"
