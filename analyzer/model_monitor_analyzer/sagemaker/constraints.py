"""`constraints.json`: what the columns of a data set must be like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, Field, model_validator

from model_monitor_analyzer.sagemaker.document import Document
from model_monitor_analyzer.sagemaker.statistics import InferredType

Switch = Literal["Enabled", "Disabled"]
Share = Annotated[float, Field(ge=0, le=1)]
Threshold = Annotated[float, Field(ge=0)]

_METHODS = {"linf_simple": "Simple", "linf_robust": "Robust"}
_OVERRIDES = "monitoring_config_overrides"

ComparisonMethod = Annotated[
    Literal["Simple", "Robust"], BeforeValidator(lambda value: _METHODS.get(value, value))
]
"""The documentation's spellings `linf_simple` and `linf_robust` are read too."""

CategoricalMethod = Literal["LInfinity", "ChiSquared"]


class DistributionConstraints(Document):
    """How distributions are compared. What is absent is taken from the file's `monitoring_config`."""

    perform_comparison: Switch | None = None
    comparison_threshold: Threshold | None = None
    comparison_method: ComparisonMethod | None = None
    categorical_comparison_threshold: Threshold | None = None
    categorical_drift_method: CategoricalMethod | None = None


class MonitoringConfig(Document):
    """Which checks are made and what they tolerate; of one feature, what differs from the file's."""

    evaluate_constraints: Switch | None = None
    emit_metrics: Switch | None = None
    datatype_check_threshold: Share | None = None
    """Least share of values that must have the type."""

    domain_content_threshold: Share | None = None
    """Least share of values that must be in the domain."""

    distribution_constraints: DistributionConstraints | None = None


DEFAULT_CONFIG = MonitoringConfig(
    evaluate_constraints="Enabled",
    emit_metrics="Enabled",
    datatype_check_threshold=1.0,
    domain_content_threshold=1.0,
    distribution_constraints=DistributionConstraints(
        perform_comparison="Enabled",
        comparison_threshold=0.1,
        comparison_method="Robust",
        categorical_comparison_threshold=0.1,
        categorical_drift_method="LInfinity",
    ),
)
"""What SageMaker's analyzer writes."""


class NumConstraints(Document):
    """Constraints of numbers."""

    is_non_negative: bool | None = None


class StringConstraints(Document):
    """Constraints of strings."""

    domains: list[str] | None = None
    """Every value that was observed; absent for columns of many values."""


class FeatureConstraints(Document):
    """Constraints of one column.

    Overrides are read under every name in use: `monitoringConfigOverrides` (the documentation),
    `monitoring_config_overrides` (newer SDKs), and that inside `string_constraints` (older SDKs). They are
    written under the first.
    """

    name: str
    inferred_type: InferredType
    completeness: Share
    num_constraints: NumConstraints | None = None
    string_constraints: StringConstraints | None = None
    overrides: MonitoringConfig | None = Field(default=None, alias="monitoringConfigOverrides")

    @model_validator(mode="before")
    @classmethod
    def _gather_overrides(cls, raw: object) -> object:
        if not isinstance(raw, Mapping):
            return raw
        fields = dict(cast("Mapping[str, Any]", raw))
        strings = fields.get("string_constraints")
        found = [fields.get("monitoringConfigOverrides"), fields.pop(_OVERRIDES, None)]
        if isinstance(strings, Mapping) and _OVERRIDES in strings:
            found.append(strings[_OVERRIDES])
            fields["string_constraints"] = {k: v for k, v in strings.items() if k != _OVERRIDES}
        given = [entry for entry in found if entry is not None]
        if len(given) > 1 and any(entry != given[0] for entry in given):
            raise ValueError("overrides are given twice and differ")
        if given:
            fields["monitoringConfigOverrides"] = given[0]
        return fields


class Constraints(Document):
    """The file."""

    version: float = 0.0
    features: list[FeatureConstraints]
    monitoring_config: MonitoringConfig = DEFAULT_CONFIG

    @model_validator(mode="after")
    def _names_are_unique(self) -> Constraints:
        names = [feature.name for feature in self.features]
        if len(set(names)) != len(names):
            raise ValueError("two features have the same name")
        return self
