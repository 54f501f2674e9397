"""What the roles of the chart allow, to the verb."""

import pytest

from model_monitor_api.crd.resource import RESOURCES
from model_monitor_operator.cluster.cache import WATCHED
from model_monitor_operator.objects import RESOURCES as TOUCHED
from tests.charts.rendering import NAMESPACE, RELEASE, Values, of_kind, only, render
from tests.cluster.client import Manifest

KINDS = ("baselines", "datacaptures", "monitoringexecutions", "monitoringschedules")
NAME = f"{NAMESPACE}:{RELEASE}-model-monitor"

OPERATOR = {
    **{("modelmonitor.dev", kind): "get list watch" for kind in KINDS},
    **{("modelmonitor.dev", f"{kind}/status"): "patch" for kind in KINDS},
    **{("modelmonitor.dev", f"{kind}/finalizers"): "update" for kind in KINDS},
    ("modelmonitor.dev", "monitoringexecutions"): "create delete get list watch",
    ("batch", "cronjobs"): "create get list patch watch",
    ("batch", "jobs"): "create delete get list watch",
    ("", "configmaps"): "create delete get list patch watch",
    ("", "services"): "create get patch",
    ("apps", "deployments"): "create get list patch watch",
    ("apps", "replicasets"): "list watch",
    ("autoscaling", "horizontalpodautoscalers"): "create delete get patch",
    ("policy", "poddisruptionbudgets"): "create get patch",
    ("networking.k8s.io", "networkpolicies"): "create get patch",
    ("", "secrets"): "create",
    ("", "pods"): "delete list watch",
    ("", "persistentvolumeclaims"): "get",
    ("", "events"): "create get list patch",
}


def verbs(role: Manifest) -> dict[tuple[str, str], str]:
    """Return the verbs of every resource."""
    found: dict[tuple[str, str], set[str]] = {}
    for rule in role["rules"]:
        assert set(rule) == {"apiGroups", "resources", "verbs"}
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                found.setdefault((group, resource), set()).update(rule["verbs"])
    return {key: " ".join(sorted(value)) for key, value in found.items()}


def role(name: str, values: Values | None = None) -> Manifest:
    return next(each for each in of_kind(render(values), "ClusterRole") if each["metadata"]["name"] == name)


def test_the_operator_may_do_this_and_nothing_else() -> None:
    assert verbs(role(NAME)) == OPERATOR


def test_the_operator_never_reads_secrets_nor_enters_pods() -> None:
    granted = {resource: said for (_, resource), said in verbs(role(NAME)).items()}
    assert granted["secrets"] == "create"
    assert not {"pods/exec", "pods/log", "pods/attach", "*"} & granted.keys()


def test_all_that_is_watched_may_be_listed_and_watched() -> None:
    for kind in WATCHED:
        resource = TOUCHED[kind]
        assert {"list", "watch"} <= set(OPERATOR[resource.group, resource.plural].split()), kind


def test_every_kind_has_its_place_in_the_roles() -> None:
    assert set(KINDS) == {resource.plural for resource in RESOURCES}


def test_in_some_namespaces_there_is_a_role_in_each_and_nothing_cluster_wide_is_bound() -> None:
    objects = render({"namespaces": ["a", "b"]})
    roles, bindings = of_kind(objects, "Role"), of_kind(objects, "RoleBinding")
    assert [each["metadata"]["namespace"] for each in roles] == ["a", "b"]
    assert all(verbs(each) == OPERATOR for each in roles)
    assert [each["metadata"]["namespace"] for each in bindings] == ["a", "b"]
    assert all(each["roleRef"] == {**each["roleRef"], "kind": "Role", "name": NAME} for each in bindings)
    assert not of_kind(objects, "ClusterRoleBinding")
    people = {each["metadata"]["name"] for each in of_kind(objects, "ClusterRole")}
    assert people == {f"{NAME}:view", f"{NAME}:edit", f"{NAME}:runner"}


@pytest.mark.parametrize("values", [{}, {"namespaces": ["a"]}], ids=["everywhere", "in one namespace"])
def test_roles_are_bound_to_the_operator_s_own_account(values: Values) -> None:
    objects = render(values)
    binding = only(objects, "RoleBinding" if values else "ClusterRoleBinding")
    account = only(objects, "ServiceAccount")["metadata"]
    pod = only(objects, "Deployment")["spec"]["template"]["spec"]
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": account["name"], "namespace": account["namespace"]}
    ]
    assert pod["serviceAccountName"] == account["name"]


def test_people_get_roles_that_the_built_in_ones_take_up() -> None:
    def aggregated(name: str) -> set[str]:
        labels = role(f"{NAME}:{name}")["metadata"]["labels"]
        prefix = "rbac.authorization.k8s.io/aggregate-to-"
        return {label.removeprefix(prefix) for label in labels if label.startswith(prefix)}

    assert aggregated("view") == {"view", "edit", "admin"}
    assert aggregated("edit") == {"edit", "admin"}
    assert aggregated("runner") == set()
    assert set(verbs(role(f"{NAME}:view")).values()) == {"get list watch"}
    assert verbs(role(f"{NAME}:edit")) == {
        ("modelmonitor.dev", kind): "create delete deletecollection patch update" for kind in KINDS
    }


def test_a_runner_may_only_create_executions_and_see_them() -> None:
    assert verbs(role(f"{NAME}:runner")) == {
        ("modelmonitor.dev", "monitoringexecutions"): "create get list watch"
    }


def test_roles_can_be_left_to_others() -> None:
    objects = render({"rbac": {"create": False, "userRoles": False}})
    assert not [each for each in objects if "Role" in each["kind"]]


@pytest.mark.parametrize("other", [("other", NAMESPACE), (RELEASE, "elsewhere")], ids=["name", "namespace"])
def test_a_second_installation_meets_no_object_of_the_first(other: tuple[str, str]) -> None:
    def names(objects: list[Manifest]) -> set[tuple[str, str | None, str]]:
        return {
            (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) for each in objects
        }

    shared: Values = {"namespaces": ["models"]}
    for values in ({}, shared):
        first = render(values)
        second = render({**values, "crds": {"enabled": False}}, release=other[0], namespace=other[1])
        assert not names(first) & names(second)
