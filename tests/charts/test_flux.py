"""Health checks for Flux, evaluated by the API server's CEL over a status for every reason that there is."""

import re
from collections.abc import Callable, Iterator
from typing import Final

import pytest
import yaml
from kubernetes.dynamic.exceptions import DynamicApiError

from model_monitor_api.conditions import Reason
from model_monitor_api.crd.resource import RESOURCES
from tests.charts.health import STATES, object_with, ready_reasons
from tests.cluster.client import Manifest
from tests.cluster.cluster import ROOT, Cluster
from tests.cluster.waiting import wait_for

CHECKS: Final = {
    each["kind"]: each
    for each in yaml.safe_load((ROOT / "examples" / "flux" / "monitoring.yaml").read_text())["spec"][
        "healthCheckExprs"
    ]
}
PLURALS: Final = {resource.kind: resource.plural for resource in RESOURCES}
BY_STATUS: Final = {"True": "current", "False": "failed", "Unknown": "neither"}
ON_PURPOSE: Final = {
    ("MonitoringSchedule", "Suspended"): "current",
    ("MonitoringSchedule", "BaselineNotReady"): "neither",
}
Judge = Callable[[Manifest], str]


def verdict(kind: str) -> str:
    """Return a CEL expression for what Flux makes of an object."""
    failed, current = (
        # Flux evaluates over the object itself, an admission policy over a variable that holds it.
        re.sub(r"(?<![\w.])(status|metadata)\.", r"object.\1.", CHECKS[kind][name])
        for name in ("failed", "current")
    )
    return f"'judged ' + ({failed} ? 'failed' : {current} ? 'current' : 'neither')"


def policy(kind: str, namespace: str) -> list[Manifest]:
    """Return an admission policy that refuses every change of a status and says the verdict."""
    metadata = {"name": f"{namespace}-{PLURALS[kind]}"}
    rule = {
        "apiGroups": ["modelmonitor.dev"],
        "apiVersions": ["v1alpha1"],
        "operations": ["UPDATE"],
        "resources": [f"{PLURALS[kind]}/status"],
    }
    here = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    spec = {
        "matchConstraints": {"resourceRules": [rule], "namespaceSelector": here},
        "validations": [{"expression": "false", "messageExpression": verdict(kind)}],
    }
    binding = {"policyName": metadata["name"], "validationActions": ["Deny"]}
    version = "admissionregistration.k8s.io/v1"
    return [
        {"apiVersion": version, "kind": "ValidatingAdmissionPolicy", "metadata": metadata, "spec": spec},
        {
            "apiVersion": version,
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": metadata,
            "spec": binding,
        },
    ]


@pytest.fixture(scope="module")
def judge(cluster: Cluster) -> Iterator[Judge]:
    """A function from an object to what Flux makes of it."""
    with cluster.temporary_namespace() as namespace:
        for kind in CHECKS:
            path = ROOT / "docs" / "reference" / "every-field" / f"{kind.lower()}.yaml"
            example = next(yaml.safe_load_all(path.read_text()))
            example["metadata"] = {"name": "churn", "namespace": namespace}
            example.pop("status", None)
            cluster.resource("modelmonitor.dev/v1alpha1", PLURALS[kind], namespace).create(example)
        policies = [each for kind in CHECKS for each in policy(kind, namespace)]
        cluster.kubectl("apply", "-f", "-", document=yaml.safe_dump_all(policies))

        def judged(thing: Manifest) -> str | None:
            objects = cluster.resource("modelmonitor.dev/v1alpha1", PLURALS[thing["kind"]], namespace)
            try:
                objects.patch("churn", {"status": thing["status"]}, "status")
            except DynamicApiError as refused:
                found = re.search(r"judged (\w+)", str(refused.body))
                if found is None:
                    raise
                return found[1]
            return None  # the server learns of a policy a moment after it stores it

        yield lambda thing: wait_for(lambda: judged(thing), 30, f"a verdict on {thing['kind']}")
        cluster.kubectl("delete", "-f", "-", document=yaml.safe_dump_all(policies))


def test_every_kind_has_a_check() -> None:
    assert CHECKS.keys() == PLURALS.keys()


@pytest.mark.parametrize(("kind", "reason"), ready_reasons(), ids=str)
def test_every_reason_of_ready_has_a_verdict(judge: Judge, kind: str, reason: Reason) -> None:
    expected = ON_PURPOSE.get((kind, reason.value), BY_STATUS[reason.status])
    assert judge(object_with(kind, reason, generation=1)) == expected


@pytest.mark.parametrize("kind", ["DataCapture", "Baseline", "MonitoringSchedule"])
def test_what_was_said_of_another_generation_does_not_count(judge: Judge, kind: str) -> None:
    reason = next(each for of, each in ready_reasons() if of == kind)
    assert judge(object_with(kind, reason, generation=7)) == "neither"


@pytest.mark.parametrize("state", STATES)
def test_an_execution_is_current_once_it_ended_whatever_it_found(judge: Judge, state: str) -> None:
    running = {"Pending", "InProgress", "Stopping"}
    expected = "failed" if state == "Failed" else "neither" if state in running else "current"
    assert judge({"kind": "MonitoringExecution", "status": {"state": state}}) == expected
