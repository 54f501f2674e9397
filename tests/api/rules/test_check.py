"""Rules beyond the table of manifests: changes, inheritance, and their form."""

import copy
from typing import Any

import pytest

from model_monitor_api.manifests import load_bytes
from model_monitor_api.objects import Key
from model_monitor_api.rules.check import RULES, check_change, rules_of
from model_monitor_api.v1alpha1.dataset import FileOptions, Files, GroundTruth
from model_monitor_api.v1alpha1.monitoringexecution import MonitoringExecution
from tests.support.manifests import Case, base


def _execution(changes: dict[str, Any]) -> MonitoringExecution:
    manifest = copy.deepcopy(base("execution"))
    manifest["spec"] |= changes
    loaded = load_bytes(Case("", manifest).text)
    assert loaded.problems == ()
    return loaded.objects.executions[Key("default", "churn-again")]


@pytest.mark.parametrize(
    ("old", "new", "messages"),
    [
        ({}, {}, []),
        ({}, {"stop": True}, []),
        ({"stop": True}, {"stop": True}, []),
        ({"stop": True}, {}, ["`stop` must stay true"]),
        ({}, {"scheduleRef": {"name": "other"}}, ["must stay as it was created, except for `stop`"]),
        ({}, {"window": None}, ["must stay as it was created, except for `stop`"]),
        ({"window": None}, {}, ["must stay as it was created, except for `stop`"]),
        (
            {},
            {"window": {"start": "2026-01-31T00:00:00Z", "end": "2026-01-31T02:00:00Z"}, "stop": True},
            ["must stay as it was created, except for `stop`"],
        ),
    ],
)
def test_an_execution_never_changes_but_for_being_stopped(
    old: dict[str, Any], new: dict[str, Any], messages: list[str]
) -> None:
    problems = check_change(_execution(new), _execution(old))
    assert [problem.message for problem in problems] == messages


def test_rules_of_a_model_hold_for_those_derived_from_it() -> None:
    assert issubclass(GroundTruth, Files)
    assert issubclass(Files, FileOptions)
    assert set(rules_of(Files)) <= set(rules_of(GroundTruth))


def test_messages_are_positive_and_without_the_words_of_programmers() -> None:
    for rule in RULES:
        assert "must" in rule.message
        assert not rule.message.endswith(".")
        assert not any(word in rule.message for word in ("invalid", "null", "cannot", "illegal"))
