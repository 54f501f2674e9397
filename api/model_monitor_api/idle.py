"""Fields that would do nothing beside others: refused, since whoever sets one expects something of it."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from model_monitor_api.introspection import alias_of
from model_monitor_api.meta import ApiModel
from model_monitor_api.v1alpha1.baseline import BaselineSpec
from model_monitor_api.v1alpha1.datacapture import DataCaptureSpec

_OF_TRAFFIC: Final = (
    *("sampling", "content_types", "headers", "max_body_bytes", "variant", "storage", "privacy", "gateway"),
)
"""Fields of a DataCapture that say how traffic is captured."""

_OF_DATA: Final = ("record_filter", "scripts", "scale")
"""Fields of a Baseline that say how data are gone through."""

_OF_FILES: Final = ("csv", "rows", "connection")
"""Fields of a dataset that say how its files are read."""


class Idle(NamedTuple):
    """A field that would do nothing."""

    field: str
    """Its path."""

    message: str
    """Beside what."""

    value: object
    """What is shown of its value: nothing, it is not to blame."""

    remedy: str
    """What to do."""


def idle_of_capture(spec: DataCaptureSpec) -> Iterator[Idle]:
    """Yield the fields of a DataCapture that would do nothing."""
    if spec.source.files is not None:
        message = "must not be set where `spec.source` is `files`"
        yield from _idle(spec, _OF_TRAFFIC, "spec", message, "who writes the files decides on that")


def idle_of_baseline(spec: BaselineSpec) -> Iterator[Idle]:
    """Yield the fields of a Baseline that would do nothing."""
    if spec.adopt is not None:
        yield from _idle(spec, _OF_DATA, "spec", "must not be set with `spec.adopt`", "no data are read")
    if spec.dataset is not None and spec.dataset.capture_ref is not None:
        message, why = "must not be set with `captureRef`", "the DataCapture says it"
        yield from _idle(spec.dataset, _OF_FILES, "spec.dataset", message, why)


def _idle(model: ApiModel, names: Iterable[str], path: str, message: str, why: str) -> Iterator[Idle]:
    """Yield those of some fields that differ from their defaults, which an API server fills in."""
    for name in names:
        info = type(model).model_fields[name]
        if getattr(model, name) != info.get_default(call_default_factory=True):
            yield Idle(f"{path}.{alias_of(name, info)}", message, None, f"remove it; {why}")
