"""Rules of the kind Baseline and of the settings that it shares with schedules."""

from typing import Final

from model_monitor_api.rules.rule import Rule, at_least_one, before, exactly_one, needs, not_both, ordered
from model_monitor_api.v1alpha1.analysis import AllowedRange, BiasBaseline, ExplainabilityBaseline, Facet
from model_monitor_api.v1alpha1.baseline import Adopt, BaselineSpec, Predictor
from model_monitor_api.v1alpha1.monitoringexecution import Window
from model_monitor_api.v1alpha1.workload import DaskCluster, Scale


def _computed(spec: BaselineSpec) -> bool:
    """Whether figures are computed of files whose columns are declared in the spec alone."""
    return spec.dataset is not None and spec.dataset.uri is not None


_COMPUTED = "has(self.dataset) && has(self.dataset.uri)"


def _declared(*names: str) -> str:
    return " && ".join(f"has(self.columns.{name})" for name in names)


BASELINE_RULES: Final = (
    exactly_one(BaselineSpec, "dataset", "adopt"),
    at_least_one(BaselineSpec, "adopt", "data_quality", "model_quality", "bias", "explainability"),
    Rule(
        BaselineSpec,
        "!has(self.groundTruth) || (has(self.dataset) && has(self.dataset.captureRef))",
        "must have `groundTruth` only with `dataset.captureRef`",
        lambda spec: (
            spec.ground_truth is None or (spec.dataset is not None and spec.dataset.capture_ref is not None)
        ),
    ),
    Rule(
        BaselineSpec,
        f"!has(self.modelQuality) || !({_COMPUTED}) || "
        f"(has(self.columns) && {_declared('label', 'problemType')})",
        "must have `columns.label` and `columns.problemType` with `modelQuality`",
        lambda spec: (
            spec.model_quality is None
            or not _computed(spec)
            or (spec.columns.label is not None and spec.columns.problem_type is not None)
        ),
    ),
    Rule(
        BaselineSpec,
        f"!has(self.modelQuality) || !({_COMPUTED}) || has(self.predictor) || "
        "(has(self.columns) && (has(self.columns.prediction) || has(self.columns.probability)))",
        "must have `columns.prediction`, `columns.probability` or `predictor` with `modelQuality`",
        lambda spec: (
            spec.model_quality is None
            or not _computed(spec)
            or spec.predictor is not None
            or spec.columns.prediction is not None
            or spec.columns.probability is not None
        ),
    ),
    Rule(
        BaselineSpec,
        f"!has(self.bias) || !({_COMPUTED}) || (has(self.columns) && {_declared('label')})",
        "must have `columns.label` with `bias`",
        lambda spec: spec.bias is None or not _computed(spec) or spec.columns.label is not None,
    ),
    needs(BaselineSpec, "explainability", "predictor"),
    at_least_one(Adopt, "statistics", "constraints", "analysis"),
    exactly_one(Predictor, "url", "service", "container"),
    Rule(
        Predictor,
        "!has(self.contentTemplate) || self.format in ['JSON', 'JSONLines']",
        "must have `contentTemplate` only when `format` is `JSON` or `JSONLines`",
        lambda predictor: predictor.content_template is None or predictor.format in {"JSON", "JSONLines"},
    ),
    needs(Predictor, "record_template", "content_template"),
    not_both(Facet, "values", "threshold", visible=False),
    not_both(BiasBaseline, "label_values", "label_threshold", visible=False),
    at_least_one(AllowedRange, "min", "max"),
    ordered(AllowedRange, "min", "max"),
    not_both(ExplainabilityBaseline, "background", "clusters"),
    exactly_one(Scale, "workers", "dask"),
    Rule(
        DaskCluster,
        "!self.address.startsWith('tls://') || has(self.tlsSecretRef)",
        "must have `tlsSecretRef` when `address` begins with `tls://`",
        lambda cluster: not cluster.address.startswith("tls://") or cluster.tls_secret_ref is not None,
    ),
    before(Window, "start", "end"),
)
"""Rules of Baseline, and of what it shares."""
