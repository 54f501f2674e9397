"""Profiles from our own summaries."""

from __future__ import annotations

from collections.abc import Mapping

from model_monitor_analyzer.data_quality.profile import LEAST_MONOTONE, DatasetProfile, FeatureProfile, Role
from model_monitor_analyzer.sagemaker.statistics import InferredType
from model_monitor_analyzer.statistics.cdf import WeightedCdf
from model_monitor_analyzer.summaries import ColumnSummary, DatasetSummary, QuantileSketch


def profile_summary(summary: DatasetSummary, roles: Mapping[str, Role] | None = None) -> DatasetProfile:
    """Read the profile of a data set from its summary; columns without a role are features."""
    given = roles or {}
    return DatasetProfile(
        summary.rows,
        tuple(
            profile_column(name, column, given.get(name, "Feature"))
            for name, column in summary.columns.items()
        ),
    )


def profile_column(name: str, column: ColumnSummary, role: Role = "Feature") -> FeatureProfile:
    """Read the profile of one column from its summary."""
    has_numbers = column.moments.n > 0
    return FeatureProfile(
        name=name,
        rows=column.rows,
        missing=column.missing,
        inferred_type=_inferred_type(column),
        types=column.types,
        whole=column.whole,
        distinct=float(
            min(column.distinct_count, column.present)
        ),  # an estimate may be above what is possible
        moments=column.moments if has_numbers else None,
        negative_infinities=column.negative_infinities,
        positive_infinities=column.positive_infinities,
        cdf=cdf_of(column.quantiles) if has_numbers else None,
        sketch=column.quantiles if has_numbers else None,
        counts=column.categories,
        lengths=column.lengths if column.lengths.n else None,
        monotone=column.present >= LEAST_MONOTONE and column.ordering.strict,
        temporal=0 < column.temporal == column.present,
        role=role,
    )


def cdf_of(sketch: QuantileSketch) -> WeightedCdf:
    """Read a quantile sketch as a weighted sample with its rank error."""
    values, weights = sketch.weighted_items()
    return WeightedCdf(values, weights.astype(float), sketch.rank_error)


def _inferred_type(column: ColumnSummary) -> InferredType:
    inferred = column.types.inferred
    return "String" if inferred == "Boolean" else inferred
