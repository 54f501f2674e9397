"""Health checks for Argo CD, run by Lua over a status for every reason that there is."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any, Final

import pytest
import yaml

from model_monitor_api.conditions import CONDITIONS, Reason
from model_monitor_api.crd.resource import RESOURCES
from tests.charts.health import STATES, object_with, ready_reasons
from tests.cluster.cluster import ROOT
from tests.support.parts import missing

CONFIG: Final = yaml.safe_load((ROOT / "examples" / "argocd" / "argocd-cm.yaml").read_text())
PREFIX: Final = "resource.customizations.health.modelmonitor.dev_"
ON_PURPOSE: Final = {
    ("MonitoringSchedule", "Suspended"): "Suspended",
    ("MonitoringSchedule", "BaselineNotReady"): "Progressing",
}
BY_STATUS: Final = {"True": "Healthy", "False": "Degraded", "Unknown": "Progressing"}


def lua() -> str:
    found = next((name for name in ("lua5.1", "lua", "lua5.4", "lua5.3") if shutil.which(name)), None)
    if found is None:
        missing("health checks for Argo CD need Lua; on Debian: apt-get install lua5.1")
    return found


def literal(value: Any) -> str:
    """Return a value as Lua writes it."""
    if isinstance(value, Mapping):
        return (
            "{"
            + ", ".join(f"[{json.dumps(k, ensure_ascii=False)}] = {literal(v)}" for k, v in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "{" + ", ".join(literal(each) for each in value) + "}"
    return json.dumps(value, ensure_ascii=False)


def health(thing: Mapping[str, Any]) -> tuple[str, str]:
    """Return status and message of an object's health."""
    check = CONFIG["data"][PREFIX + thing["kind"]]
    program = (
        f"obj = {literal(thing)}\nlocal h = (function()\n{check}\nend)()\nprint(h.status)\nprint(h.message)"
    )
    ended = subprocess.run([lua(), "-"], input=program, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    status, message = ended.stdout.rstrip("\n").split("\n", 1)
    return status, message


def test_every_kind_has_a_check() -> None:
    assert {name.removeprefix(PREFIX) for name in CONFIG["data"]} == {each.kind for each in RESOURCES}


@pytest.mark.parametrize(("kind", "reason"), ready_reasons(), ids=str)
def test_every_reason_of_ready_has_a_health(kind: str, reason: Reason) -> None:
    expected = ON_PURPOSE.get((kind, reason.value), BY_STATUS[reason.status])
    assert health(object_with(kind, reason)) == (expected, f"{reason.value}: {reason.meaning}")


@pytest.mark.parametrize("kind", [each.kind for each in CONDITIONS if each.name == "Ready"])
def test_what_was_said_of_an_earlier_generation_does_not_count(kind: str) -> None:
    reason = next(each for of, each in ready_reasons() if of == kind)
    thing = object_with(kind, reason)
    thing["metadata"]["generation"] += 1
    assert health(thing)[0] == "Progressing"


@pytest.mark.parametrize("kind", [each.kind for each in RESOURCES])
def test_an_object_that_nobody_has_looked_at_is_progressing(kind: str) -> None:
    bare = {"kind": kind, "metadata": {"generation": 1}}
    assert health(bare)[0] == health({**bare, "status": {}})[0] == "Progressing"


@pytest.mark.parametrize("state", STATES)
def test_an_execution_is_healthy_once_it_ended_whatever_it_found(state: str) -> None:
    thing = {
        "kind": "MonitoringExecution",
        "metadata": {"generation": 1},
        "status": {"state": state, "message": "said"},
    }
    running = {"Pending", "InProgress", "Stopping"}
    expected = "Degraded" if state == "Failed" else "Progressing" if state in running else "Healthy"
    assert health(thing) == (expected, "said")


def test_drift_does_not_make_an_application_unhealthy() -> None:
    reason = next(
        each for kind, each in ready_reasons() if (kind, each.value) == ("MonitoringSchedule", "Scheduled")
    )
    thing = object_with("MonitoringSchedule", reason)
    alert = {"type": "InAlert", "status": "True", "reason": "EnoughViolations", "message": ""}
    thing["status"]["conditions"].insert(0, {**alert, "observedGeneration": 3})
    assert health(thing)[0] == "Healthy"
