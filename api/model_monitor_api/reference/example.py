"""Examples in which every field of a kind occurs, with a value that means something."""

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from model_monitor_api.introspection import alias_of, bare, item_of, model_of
from model_monitor_api.meta import API_VERSION, ApiModel
from model_monitor_api.objects import Kind
from model_monitor_api.v1alpha1.analysis import BiasBaseline, ExplainabilityBaseline, Facet
from model_monitor_api.v1alpha1.baseline import Baseline, BaselineSpec, Predictor
from model_monitor_api.v1alpha1.datacapture import CaptureSource, DataCapture, DataCaptureSpec
from model_monitor_api.v1alpha1.dataset import Dataset, Files, GroundTruth
from model_monitor_api.v1alpha1.monitoringexecution import MonitoringExecution
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule, MonitoringScheduleSpec
from model_monitor_api.v1alpha1.workload import Scale

Choices = dict[type[ApiModel], frozenset[str]]


@dataclass(frozen=True)
class Variant:
    """One example: fields that exclude each other can't stand in one object.

    Attributes
    ----------
    left_out
        Fields that it does not have, by model.
    values
        Values that it needs, by model and field.
    """

    kind: type[Kind]
    name: str
    left_out: Choices
    values: dict[tuple[type[ApiModel], str], Any]


def _variant(
    kind: type[Kind],
    name: str,
    left_out: dict[type[ApiModel], str],
    values: dict[tuple[type[ApiModel], str], Any] | None = None,
) -> Variant:
    split = {model: frozenset(fields.split()) for model, fields in left_out.items()}
    return Variant(kind, name, split, values or {})


_VALUES: Final[dict[tuple[type[ApiModel], str], Any]] = {
    (GroundTruth, "uri"): "s3://models/churn/labels/{yyyy}/{MM}/{dd}/{HH}/",
}
"""Values of fields that a model inherits, where the inherited example would mislead."""

_RUN_SETTINGS: Final = (
    "segments record_filter scripts notifications analyzer job pod_template metrics alert window "
    "reference decision false_discovery_rate min_records min_completeness inconclusive_after suspend "
    "successful_executions_history_limit failed_executions_history_limit missed_executions_limit"
)
_WORKLOAD: Final = "columns record_filter scripts job scale pod_template"

VARIANTS: Final = (
    _variant(DataCapture, "churn-service", {CaptureSource: "cloud_events files"}),
    _variant(
        DataCapture,
        "churn-events",
        {
            CaptureSource: "service files",
            DataCaptureSpec: "columns payload privacy gateway headers content_types",
        },
    ),
    _variant(
        DataCapture,
        "churn-files",
        {
            CaptureSource: "service cloud_events",
            DataCaptureSpec: "sampling content_types headers max_body_bytes variant storage privacy gateway",
        },
        {(Files, "uri"): "s3://models/churn/scored/{yyyy}/{MM}/{dd}/{HH}/"},
    ),
    _variant(
        Baseline,
        "churn-files",
        {
            BaselineSpec: "adopt ground_truth",
            Dataset: "capture_ref start end",
            Predictor: "service container",
            Facet: "threshold",
            BiasBaseline: "label_threshold",
            ExplainabilityBaseline: "clusters",
            Scale: "dask",
        },
    ),
    _variant(
        Baseline,
        "churn-traffic",
        {
            BaselineSpec: "adopt record_filter scripts job pod_template",
            Dataset: "uri format csv rows connection payload",
            Predictor: "url container",
            Facet: "values",
            BiasBaseline: "label_values",
            ExplainabilityBaseline: "background",
            Scale: "workers",
        },
    ),
    _variant(
        Baseline,
        "churn-adopted",
        {
            BaselineSpec: f"dataset ground_truth segments {_WORKLOAD}",
            Predictor: "url service",
            Facet: "threshold",
            BiasBaseline: "label_threshold",
            ExplainabilityBaseline: "clusters",
        },
    ),
    _variant(
        MonitoringSchedule,
        "churn-data-quality",
        {MonitoringScheduleSpec: "ground_truth model_quality bias explainability", Scale: "dask"},
    ),
    *(
        _variant(
            MonitoringSchedule,
            f"churn-{name}",
            {MonitoringScheduleSpec: f"{left_out} {_RUN_SETTINGS}", Scale: "workers"},
            {(MonitoringScheduleSpec, "type"): kind},
        )
        for name, kind, left_out in (
            ("model-quality", "ModelQuality", "data_quality bias explainability"),
            ("bias", "ModelBias", "data_quality model_quality explainability"),
            ("explainability", "ModelExplainability", "data_quality model_quality bias ground_truth"),
        )
    ),
    _variant(MonitoringExecution, "churn-again", {}),
)
"""All examples."""


def example(variant: Variant) -> dict[str, Any]:
    """Return one example as a manifest."""
    spec = bare(variant.kind.model_fields["spec"].annotation)
    return {
        "apiVersion": API_VERSION,
        "kind": variant.kind.__name__,
        "metadata": {"name": variant.name, "namespace": "models"},
        "spec": _of_model(spec, variant),
    }


def _of_model(model: type[ApiModel], variant: Variant) -> dict[str, Any]:
    left_out = {
        name for known, names in variant.left_out.items() if issubclass(model, known) for name in names
    }
    return {
        alias_of(name, info): (variant.values | _VALUES).get((model, name))
        or _of_field(model, name, info, variant)
        for name, info in model.model_fields.items()
        if name not in left_out
    }


def _of_field(model: type[ApiModel], name: str, info: FieldInfo, variant: Variant) -> Any:
    if info.examples:
        return info.examples[0]
    default = info.get_default(call_default_factory=True)
    if not (
        default is PydanticUndefined
        or default is None
        or default in ([], {})
        or isinstance(default, ApiModel)
    ):
        return to_jsonable_python(default, by_alias=True)
    try:
        return _of_type(info.annotation, variant)
    except LookupError as error:
        raise LookupError(f"{model.__name__}.{name} has no example") from error


def _of_type(annotation: Any, variant: Variant) -> Any:
    for part in _levels(annotation):
        if found := [one.examples for one in part if isinstance(one, FieldInfo) and one.examples]:
            return found[-1][0]
    plain = bare(annotation)
    if (model := model_of(plain)) is not None:
        return _of_model(model, variant)
    if get_origin(plain) is list:
        return [_of_type(item_of(plain), variant)]
    if get_origin(plain) is Literal:
        return get_args(plain)[0]
    raise LookupError(str(annotation))


def _levels(annotation: Any) -> list[tuple[Any, ...]]:
    """Return what is written at a type and at the types that it wraps, from the outside."""
    found: list[tuple[Any, ...]] = []
    while True:
        metadata = getattr(annotation, "__metadata__", None)
        if metadata is not None:
            found.append(metadata)
            annotation = annotation.__origin__
            continue
        members = [m for m in get_args(annotation) if m is not type(None)]
        if get_origin(annotation) in (list, dict, Literal) or len(members) != 1:
            return found
        annotation = members[0]
