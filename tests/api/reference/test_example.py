"""The examples of every field: complete, and right."""

from typing import Any, get_origin

import pytest

from model_monitor_api import validation
from model_monitor_api.crd.definition import to_yaml
from model_monitor_api.introspection import bare, fields_of, item_of, model_of, models_within
from model_monitor_api.manifests import load_bytes
from model_monitor_api.meta import ApiModel
from model_monitor_api.objects import KINDS, Objects
from model_monitor_api.reference.example import VARIANTS, Variant, example


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: f"{variant.kind.__name__}-{variant.name}")
def test_examples_are_right(variant: Variant) -> None:
    loaded = load_bytes(to_yaml(example(variant)).encode())
    assert [str(problem) for problem in loaded.problems] == []
    found = validation.check(loaded.objects)
    assert [str(problem) for problem in found if not problem.message.startswith("must name a")] == []
    assert loaded.objects != Objects()


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_a_spec_is_in_an_example(kind: str) -> None:
    spec = model_of(KINDS[kind].model_fields["spec"].annotation)
    assert spec is not None
    shown: set[tuple[str, str]] = set()
    for variant in VARIANTS:
        if variant.kind.__name__ == kind:
            shown |= set(_shown(spec, example(variant)["spec"]))
    wanted = {(model.__name__, alias) for model in models_within(spec) for alias in fields_of(model)}
    assert wanted - shown == set()


def _shown(annotation: Any, value: Any) -> list[tuple[str, str]]:
    """Return each field of each model that a value shows."""
    model: type[ApiModel] | None = model_of(annotation)
    if model is not None:
        fields = fields_of(model)
        own = [(model.__name__, alias) for alias in value]
        return own + [
            pair for alias, item in value.items() for pair in _shown(fields[alias].annotation, item)
        ]
    if get_origin(bare(annotation)) is list:
        return [pair for item in value for pair in _shown(item_of(annotation), item)]
    return []
