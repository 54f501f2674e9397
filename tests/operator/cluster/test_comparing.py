"""An object that already is as it shall be is recognised, however the API server writes it."""

from typing import Any

import pytest

from model_monitor_operator.cluster.client import merge_patch
from model_monitor_operator.cluster.comparing import fingerprint, holds


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ({"a": 1, "defaulted": True}, {"a": 1}),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 2]}}),
        ({}, {"nodeSelector": {}, "env": [], "text": "", "none": None}),
        ({"labels": {"theirs": "x"}}, {"labels": {}}),
        ({"env": [{"name": "THEIRS"}, {"name": "A", "value": "1"}]}, {"env": [{"name": "A", "value": "1"}]}),
        ({"limits": {"cpu": "500m", "memory": "1Gi"}}, {"limits": {"cpu": "0.5", "memory": "1024Mi"}}),
        ({"resources": {"requests": {"cpu": "2"}}}, {"resources": {"requests": {"cpu": 2}}}),
        ({"args": [{"x": 1, "y": 2}]}, {"args": [{"x": 1}]}),
    ],
)
def test_what_is_there_holds_what_is_wanted(there: object, wanted: object) -> None:
    assert holds(there, wanted)


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ({"a": 1}, {"a": 2}),
        ({}, {"a": 0}),
        ({"a": False}, {"a": 0.5}),
        ({"a": [1, 2, 3]}, {"a": [1, 2]}),
        ({"a": [2, 1]}, {"a": [1, 2]}),
        ({"a": "text"}, {"a": {"b": 1}}),
        ({"a": None}, {"a": [1]}),
        ({"env": [{"name": "B"}]}, {"env": [{"name": "A"}]}),
        ({"env": [{"name": "A", "value": "2"}]}, {"env": [{"name": "A", "value": "1"}]}),
        ({"limits": {"cpu": "500m"}}, {"limits": {"cpu": "0.6"}}),
        ({"limits": {"cpu": "500m"}}, {"limits": {"cpu": "a lot"}}),
        ({"value": "1000m"}, {"value": "1"}),
        ({"text": "there"}, {"text": ""}),
    ],
)
def test_what_is_there_lacks_what_is_wanted(there: object, wanted: object) -> None:
    assert not holds(there, wanted)


def test_a_digest_depends_on_the_content_alone() -> None:
    assert fingerprint({"a": 1, "b": [2]}) == fingerprint({"b": [2], "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 1, "b": None})


@pytest.mark.parametrize(
    ("before", "after", "patch"),
    [
        ({}, {}, {}),
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1}, {}, {"a": None}),
        ({"a": 1}, {"a": None}, {"a": None}),
        ({}, {"a": None}, {}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, {"a": {"c": None}}),
        ({"a": {"b": 1}}, {"a": {"b": 1}}, {}),
        ({"a": {"b": 1}}, {"a": {}}, {"a": {"b": None}}),
        ({}, {"a": {"b": None, "c": 1}}, {"a": {"c": 1}}),
        ({"a": 1}, {"a": {"b": 2}}, {"a": {"b": 2}}),
        ({"a": [1, 2]}, {"a": [2]}, {"a": [2]}),
    ],
)
def test_a_merge_patch_makes_one_document_of_another(
    before: dict[str, Any], after: dict[str, Any], patch: dict[str, Any]
) -> None:
    assert merge_patch(before, after) == patch
