"""The table of right and wrong manifests, as `model-monitor validate` judges them."""

from dataclasses import replace
from functools import cache

import pytest

from model_monitor_api import validation
from model_monitor_api.manifests import Manifests, load_bytes
from model_monitor_api.objects import ConfigMap, Key, Objects
from model_monitor_api.problems import Problem
from model_monitor_api.rules.check import RULES
from tests.support.manifests import Case, accepted, base, refused


@cache
def _surroundings() -> Objects:
    """Return the objects that the manifests refer to."""
    plain = base("baseline")
    plain["metadata"] = {"name": "plain"}
    plain["spec"]["columns"] = {"label": "churned"}
    inputs = base("capture-files", capture=["Input"])
    inputs["metadata"] = {"name": "inputs"}
    elsewhere = base("capture-files")
    elsewhere["metadata"] = {"name": "else", "namespace": "other"}
    manifests = [base("capture-files"), base("baseline-full"), base("schedule"), plain, inputs, elsewhere]
    objects = Objects(config_maps=dict([_scripts()]))
    for manifest in manifests:
        loaded = load_bytes(Case("", manifest).text)
        assert not loaded.problems
        objects = _joined(objects, loaded.objects)
    return objects


def _scripts() -> tuple[Key, ConfigMap]:
    document = {"metadata": {"name": "scripts"}, "data": {"preprocess.py": "", "postprocess.py": ""}}
    return Key("default", "scripts"), ConfigMap.model_validate(document)


def _joined(first: Objects, second: Objects) -> Objects:
    return replace(
        first,
        captures={**first.captures, **second.captures},
        baselines={**first.baselines, **second.baselines},
        schedules={**first.schedules, **second.schedules},
        executions={**first.executions, **second.executions},
    )


def _judged(case: Case) -> tuple[Manifests, list[Problem]]:
    loaded = load_bytes(case.text, "case.yaml")
    around = _surroundings()
    own = loaded.objects
    objects = _joined(around, own)
    found = [
        *(problem for thing in own.captures.values() for problem in validation.check_capture(thing)),
        *(
            problem
            for thing in own.baselines.values()
            for problem in validation.check_baseline(thing, objects)
        ),
        *(
            problem
            for thing in own.schedules.values()
            for problem in validation.check_schedule(thing, objects)
        ),
        *(
            problem
            for thing in own.executions.values()
            for problem in validation.check_execution(thing, objects)
        ),
    ]
    return loaded, [*loaded.problems, *(loaded.located(problem) for problem in found)]


@pytest.mark.parametrize("case", accepted(), ids=lambda case: case.name)
def test_right_manifests_have_no_problem(case: Case) -> None:
    loaded, problems = _judged(case)
    assert problems == []
    assert loaded.notices == ()


@pytest.mark.parametrize("case", refused(), ids=lambda case: case.name)
def test_wrong_manifests_are_told_what_is_wrong_where_and_what_to_do(case: Case) -> None:
    _, problems = _judged(case)
    found = [(problem.field, problem.message) for problem in problems]
    assert found == [(case.field, case.message)]
    assert not any(secret in str(problem) for problem in problems for secret in ("hunter2", "ter2"))
    metadata = case.manifest["metadata"]
    subject = f"{case.manifest['kind']}/{metadata.get('namespace', 'default')}/{metadata['name']}"
    assert problems[0].subject == subject
    assert problems[0].file == "case.yaml"
    assert problems[0].line > 0
    if case.remedy:
        assert problems[0].remedy.startswith(case.remedy)


def test_the_table_breaks_every_rule() -> None:
    broken = {case.message for case in refused() if case.by in {"rule", "operator"}}
    told = {rule.message for rule in RULES if not rule.transition}
    assert told - broken == set()


def test_who_finds_out_follows_from_the_rules() -> None:
    by_server = {rule.message for rule in RULES if rule.expression}
    for case in refused():
        assert (case.by == "rule") == (case.message in by_server), case.name
