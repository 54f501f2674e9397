"""Settings of the four analyses, as a Baseline computes them and a MonitoringSchedule overrides them."""

from typing import Annotated, Literal

from pydantic import Field

from model_monitor_api.meta import ApiModel, ColumnName, Real, Share, Unique
from model_monitor_api.v1alpha1.columns import Scalar
from model_monitor_api.v1alpha1.dataset import Files

MonitorType = Literal["DataQuality", "ModelQuality", "ModelBias", "ModelExplainability"]
Decision = Literal["Calibrated", "Compatible"]
Switch = Literal["Enabled", "Disabled"]
NumericMethod = Literal["Simple", "Robust"]
CategoricalMethod = Literal["LInfinity", "ChiSquared"]


class Comparison(ApiModel):
    """Thresholds of the data-quality checks. What is not set keeps the value in `constraints.json`."""

    evaluate_constraints: Switch | None = None
    """Whether constraints are checked at all."""

    emit_metrics: Switch | None = None
    """Whether metrics are published."""

    datatype_check_threshold: Annotated[Share | None, Field(examples=[0.99])] = None
    """Least share of values that must have the baseline's type."""

    domain_content_threshold: Annotated[Share | None, Field(examples=[0.99])] = None
    """Least share of values that must be among the baseline's categories."""

    perform_comparison: Switch | None = None
    """Whether distributions are compared."""

    comparison_threshold: Annotated[Share | None, Field(examples=[0.15])] = None
    """Distance that a numeric distribution must exceed: a threshold under `Compatible`, a floor under
    `Calibrated`."""

    comparison_method: NumericMethod | None = None
    """Distance of numeric distributions under `Compatible`."""

    categorical_comparison_threshold: Annotated[Share | None, Field(examples=[0.15])] = None
    """Distance that a categorical distribution must exceed; with `ChiSquared` the p-value to fall below."""

    categorical_drift_method: CategoricalMethod | None = None
    """Distance of categorical distributions under `Compatible`."""


class FeatureComparison(Comparison):
    """Thresholds of one feature."""

    name: Annotated[ColumnName, Field(examples=["tenure"])]
    """Name of the feature."""


class DataQualityBaseline(ApiModel):
    """What the data-quality part of a Baseline computes: statistics and suggested constraints."""

    constraints: Comparison = Comparison()
    """Thresholds to write instead of the defaults."""

    features: Annotated[list[FeatureComparison], Field(max_length=5000), Unique("name")] = Field(
        default_factory=list
    )
    """Thresholds to write for single features."""


class ModelQualityBaseline(ApiModel):
    """What the model-quality part of a Baseline computes: metrics with their standard errors, constraints."""

    beta: Annotated[
        list[Annotated[float, Field(ge=0.01, le=100)]], Field(min_length=1, max_length=8), Unique()
    ] = Field(default_factory=lambda: [0.5, 1.0, 2.0])
    """Weights of recall against precision for the F measures."""

    estimate: bool = False
    """Whether to fit what estimates quality before labels arrive (CBPE for classes, DLE for values)."""


class Facet(ApiModel):
    """A sensitive column, and which of its values form the disadvantaged group."""

    name: Annotated[ColumnName, Field(examples=["gender"])]
    """Name of the column."""

    values: Annotated[list[Scalar], Field(max_length=100, examples=[["female"]])] | None = None
    """Values of the disadvantaged group. Default: each value against the rest."""

    threshold: Annotated[Real | None, Field(examples=[45])] = None
    """For a continuous column: values above it form the disadvantaged group."""


PreTrainingMetric = Literal["CI", "DPL", "KL", "JS", "LP", "TVD", "KS", "CDDL"]
PostTrainingMetric = Literal[
    "DPPL", "DI", "DCA", "DCR", "SD", "RD", "DAR", "DRR", "AD", "TE", "CDDPL", "FT", "GE"
]


class AllowedRange(ApiModel):
    """Range of a bias metric that nobody needs to look at."""

    metric: Annotated[PreTrainingMetric | PostTrainingMetric, Field(examples=["DI"])]
    """Short name of the metric."""

    min: Annotated[Real | None, Field(examples=[0.8])] = None
    """Lower end; unbounded where absent."""

    max: Annotated[Real | None, Field(examples=[1.25])] = None
    """Upper end; unbounded where absent."""


class BiasBaseline(ApiModel):
    """What the bias part of a Baseline computes."""

    facets: Annotated[list[Facet], Field(min_length=1, max_length=32)]
    """Sensitive columns."""

    label_values: (
        Annotated[list[Scalar], Field(min_length=1, max_length=100, examples=[["stayed"]])] | None
    ) = None
    """Labels that are the favourable outcome. Default: the positive class."""

    label_threshold: Annotated[Real | None, Field(examples=[0.5])] = None
    """For a continuous label: values above it are favourable."""

    group: Annotated[ColumnName | None, Field(examples=["region"])] = None
    """Column by which conditional disparity (CDDL, CDDPL) is grouped."""

    pre_training: Annotated[list[PreTrainingMetric], Field(max_length=8), Unique()] | None = None
    """Metrics of labels. Default: all."""

    post_training: Annotated[list[PostTrainingMetric], Field(max_length=13), Unique()] | None = None
    """Metrics of predictions. Default: all but FT, which costs a nearest-neighbour search."""

    allowed: Annotated[list[AllowedRange], Field(max_length=21), Unique("metric")] = Field(
        default_factory=list
    )
    """Ranges that replace the defaults (DI 0.8 to 1.25, differences -0.1 to 0.1)."""


class ExplainabilityBaseline(ApiModel):
    """What the explainability part of a Baseline computes: SHAP values and their background."""

    background: Files | None = None
    """Rows that stand for an absent feature. Default: cluster centres of the baseline's data."""

    clusters: Annotated[int, Field(ge=1, le=100, examples=[5])] | None = None
    """Number of cluster centres. Default: found between 1 and 12."""

    num_samples: Annotated[int, Field(ge=2, le=1_000_000, examples=[2088])] | None = None
    """Coalitions per row. Default: 2d + 2048, at most 2^d - 2, for d features."""

    max_rows: Annotated[int, Field(ge=1, le=10_000_000)] = 1000
    """Rows that are explained, sampled by a hash of their id."""

    aggregation: Literal["MeanAbs", "Median", "MeanSquare"] = "MeanAbs"
    """How local values become a global one."""

    use_logit: bool = False
    """Whether to explain log-odds rather than probabilities."""

    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    """Seed of the coalitions."""

    features: (
        Annotated[list[ColumnName], Field(max_length=5000, examples=[["tenure", "plan"]]), Unique()] | None
    ) = None
    """Features to explain. Default: all."""

    save_local_values: bool = False
    """Whether to write the values of every row."""

    partial_dependence: Annotated[
        list[ColumnName], Field(max_length=100, examples=[["tenure"]]), Unique()
    ] = Field(default_factory=list)
    """Features whose partial dependence is computed."""

    grid_resolution: Annotated[int, Field(ge=2, le=1000)] = 15
    """Points of a numeric partial dependence."""


class DataQualityMonitor(ApiModel):
    """What a schedule of type `DataQuality` changes of its baseline."""

    constraints: Comparison = Comparison()
    """Thresholds for all features."""

    features: Annotated[list[FeatureComparison], Field(max_length=5000), Unique("name")] = Field(
        default_factory=list
    )
    """Thresholds for single features; they win over those for all."""

    sketches: Literal["Baseline", "Always"] = "Baseline"
    """Whether executions' `statistics.json` carry quantile sketches too, not only the baseline's."""


class MetricConstraint(ApiModel):
    """A bound on one model-quality metric."""

    metric: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9_]*$", examples=["auc"])]
    """Key of the metric, such as `auc` or `rmse`."""

    threshold: Annotated[Real, Field(examples=[0.8])]
    """The bound."""

    comparison_operator: Literal["LessThanThreshold", "GreaterThanThreshold"]
    """On which side of the bound a violation lies."""


class ModelQualityMonitor(ApiModel):
    """What a schedule of type `ModelQuality` changes of its baseline."""

    constraints: Annotated[list[MetricConstraint], Field(max_length=64), Unique("metric")] = Field(
        default_factory=list
    )
    """Bounds that replace the baseline's; exact, without a margin."""

    margin: Share = 0.02
    """Absolute change of a rate that does not matter, under `Calibrated`."""

    relative_margin: Share = 0.05
    """Relative change of an error that does not matter, under `Calibrated`."""


class BiasMonitor(ApiModel):
    """What a schedule of type `ModelBias` changes of its baseline."""

    allowed: Annotated[list[AllowedRange], Field(max_length=21), Unique("metric")] = Field(
        default_factory=list
    )
    """Ranges that replace the baseline's."""


class ExplainabilityMonitor(ApiModel):
    """What a schedule of type `ModelExplainability` changes of its baseline."""

    ndcg_threshold: Share = 0.9
    """Least agreement of the feature order, under `Compatible`."""

    share_margin: Share = 0.05
    """Change of a feature's share of attribution that does not matter, under `Calibrated`."""

    max_rows: Annotated[int, Field(ge=1, le=10_000_000, examples=[500])] | None = None
    """Rows that are explained. Default: as the baseline."""
