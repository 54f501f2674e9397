"""The table of right and wrong manifests, as `model-monitor validate` judges them."""

from functools import cache

import pytest

from model_monitor_api.crd.definition import to_yaml
from model_monitor_api.manifests import Manifests, load_bytes
from model_monitor_api.objects import Objects
from model_monitor_api.problems import Problem
from model_monitor_api.rules.check import RULES
from tests.support.manifests import Case, accepted, base, problems_of, refused, surroundings


@cache
def _surroundings() -> Objects:
    """Return the objects that the manifests refer to."""
    elsewhere = base("capture-files")
    elsewhere["metadata"] = {"name": "else", "namespace": "other"}
    text = "---\n".join(to_yaml(each) for each in (*surroundings(), elsewhere))
    loaded = load_bytes(text.encode())
    assert not loaded.problems
    return loaded.objects


def _judged(case: Case) -> tuple[Manifests, list[Problem]]:
    loaded = load_bytes(case.text, "case.yaml")
    return loaded, problems_of(loaded, _surroundings())


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
