"""An object's template comes over the installation's, thing by thing."""

from typing import Any

import pytest

from model_monitor_api.v1alpha1.workload import PodTemplate
from model_monitor_operator.build.pod_template import merge_by, merge_templates, without_mesh


def _template(**fields: Any) -> PodTemplate:
    return PodTemplate.model_validate(fields)


def _merged(defaults: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    found = merge_templates(_template(**defaults), _template(**own))
    return found.model_dump(by_alias=True, exclude_defaults=True)


EVERYTHING: dict[str, Any] = {
    "labels": {"a": "1"},
    "annotations": {"a": "1"},
    "serviceAccountName": "monitor",
    "resources": {"requests": {"cpu": 1}, "limits": {"memory": "1Gi"}},
    "env": [{"name": "A", "value": "1"}],
    "envFrom": [{"secretRef": {"name": "a"}}],
    "volumes": [{"name": "a", "emptyDir": {}}],
    "volumeMounts": [{"name": "a", "mountPath": "/a"}],
    "securityContext": {"fsGroup": 1},
    "nodeSelector": {"a": "1"},
    "tolerations": [{"key": "a"}],
    "affinity": {"nodeAffinity": {}},
    "topologySpreadConstraints": [{"maxSkew": 1}],
    "priorityClassName": "batch",
    "imagePullSecrets": [{"name": "a"}],
}


def test_every_field_of_the_template_is_known_here() -> None:
    dumped = _template(**EVERYTHING).model_dump(by_alias=True)
    assert dumped == EVERYTHING


@pytest.mark.parametrize("order", [(EVERYTHING, {}), ({}, EVERYTHING), (EVERYTHING, EVERYTHING)])
def test_what_one_side_says_is_kept(order: tuple[dict[str, Any], dict[str, Any]]) -> None:
    doubled = {"envFrom", "tolerations"} if all(order) else set()
    assert _merged(*order) == {
        key: value * 2 if key in doubled else value for key, value in EVERYTHING.items()
    }


def test_a_resource_that_the_object_names_is_taken_from_it_alone() -> None:
    # A request of 8Gi under the installation's limit of 2Gi would be refused.
    defaults = {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "2Gi"}}
    found = _merged({"resources": defaults}, {"resources": {"requests": {"memory": "8Gi"}}})
    assert found == {"resources": {"requests": {"cpu": "1", "memory": "8Gi"}}}


def test_lists_are_merged_by_what_tells_items_apart() -> None:
    first, second = {"name": "A", "value": "1"}, {"name": "B", "value": "1"}
    third = {"name": "A", "value": "2"}
    assert merge_by("name", [first, second], [third]) == [third, second]


def test_items_without_a_name_do_not_get_in_the_way() -> None:
    assert merge_by("name", [{"name": ["odd"]}], [{"value": "1"}]) == [{"name": ["odd"]}, {"value": "1"}]


def test_meshes_leave_pods_alone() -> None:
    found = without_mesh(_template())
    assert found.labels == {"sidecar.istio.io/inject": "false", "kuma.io/sidecar-injection": "disabled"}
    assert found.annotations == {"linkerd.io/inject": "disabled"}


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ("labels", "sidecar.istio.io/inject"),
        ("annotations", "sidecar.istio.io/inject"),
        ("labels", "kuma.io/sidecar-injection"),
        ("annotations", "kuma.io/sidecar-injection"),
        ("annotations", "linkerd.io/inject"),
    ],
)
def test_a_mesh_that_the_user_wants_gets_its_sidecar(place: str, key: str) -> None:
    found = without_mesh(_template(**{place: {key: "enabled"}}))
    said = {**found.labels, **found.annotations}
    assert said[key] == "enabled"
    assert len(said) == 3
