"""Which kind of values a column has, decided once from the baseline's data and kept."""

from __future__ import annotations

from collections.abc import Mapping

from model_monitor_analyzer.data_quality.profile import DatasetProfile, FeatureProfile
from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_api.v1alpha1.columns import ColumnKind

LOW_CARDINALITY = 120
"""Strings of at most so many distinct values are categories that can be listed: Deequ's limit for domains."""

TEXT_SHARE = 0.5
"""Strings beyond that limit of which more than this share are distinct are free text."""


def column_kinds(profile: DatasetProfile, declared: Mapping[str, ColumnKind]) -> dict[str, ColumnKind]:
    """Return the kind of every column: as declared, else found out from the data.

    Raises
    ------
    ConfigurationError
        If a kind is declared for a column that the data does not have.
    """
    unknown = sorted(declared.keys() - profile.by_name.keys())
    if unknown:
        raise ConfigurationError(
            f"columns.kinds: the data has no column '{unknown[0]}'; "
            f"its columns are {', '.join(list(profile.by_name)[:10])}"
        )
    return {feature.name: declared.get(feature.name) or infer_kind(feature) for feature in profile.features}


def infer_kind(feature: FeatureProfile) -> ColumnKind:
    """Find out the kind of a column that nobody declared.

    Numbers are Numeric, integer codes too, but strictly monotone integers are an Id. Strings are Boolean if
    all are true or false, Categorical up to 120 distinct values, beyond that Text if more than half are
    distinct. A column without any value is Text, of which only completeness is watched.
    """
    if feature.temporal:
        return "Timestamp"
    match feature.inferred_type:
        case "Integral":
            return "Id" if feature.monotone else "Numeric"
        case "Fractional":
            return "Numeric"
        case "Unknown":
            return "Text"
        case "String":
            if feature.types and 0 < feature.types.boolean == feature.present:
                return "Boolean"
            text = feature.distinct > LOW_CARDINALITY and feature.distinct > TEXT_SHARE * feature.present
            return "Text" if text else "Categorical"
