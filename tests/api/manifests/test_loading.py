"""Files and directories to objects: what is taken, what is passed over, what is told."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_monitor_api import validation
from model_monitor_api.manifests import load_bytes, load_path
from model_monitor_api.manifests.documents import LARGEST_FILE
from model_monitor_api.objects import Key
from tests.support.manifests import Case, base

_WRONG_VERSION = "is not a version of the kinds; write `modelmonitor.dev/v1alpha1`"
CHURN = Key("default", "churn")


def _text(name: str) -> str:
    return Case("", base(name)).text.decode()


def test_a_file_may_hold_many_objects_and_config_maps() -> None:
    config_map = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata: {a.py: 'x = 1'}\nimmutable: true\n"
    )
    text = "---\n".join([_text("capture-files"), _text("baseline"), _text("schedule"), config_map])
    loaded = load_bytes(text.encode())
    assert loaded.problems == ()
    objects = loaded.objects
    assert set(objects.captures) == set(objects.baselines) == set(objects.schedules) == {CHURN}
    assert objects.config_maps[Key("default", "s")].data == {"a.py": "x = 1"}
    assert validation.check(objects) == ()


def test_lists_are_expanded_and_keep_their_lines() -> None:
    text = (
        "apiVersion: v1\nkind: List\nitems:\n"
        "- apiVersion: modelmonitor.dev/v1alpha1\n  kind: MonitoringExecution\n  metadata: {name: a}\n"
        "  spec: {scheduleRef: {name: s}, stop: 1}\n"
    )
    (problem,) = load_bytes(text.encode(), "list.yaml").problems
    assert str(problem) == (
        "list.yaml:7: MonitoringExecution/default/a: spec.stop: must be true or false, not a number, got 1"
    )


def test_what_kubectl_prints_is_taken_back() -> None:
    manifest = base("schedule")
    manifest["metadata"] |= {
        "creationTimestamp": None,
        "resourceVersion": "12",
        "managedFields": [{"manager": "kubectl"}],
        "ownerReferences": [],
        "uid": "7f1c",
        "generation": 3,
    }
    manifest["status"] = {"conditions": [{"type": "Ready"}], "nonsense": 1}
    loaded = load_bytes(Case("", manifest).text)
    assert loaded.problems == ()
    assert loaded.objects.schedules[CHURN].metadata.uid == "7f1c"


def test_other_kinds_are_passed_over_with_a_notice() -> None:
    loaded = load_bytes(b"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n", "d.yaml")
    assert loaded.problems == ()
    assert loaded.notices == ("d.yaml:1: passed over Deployment of apps/v1: not a kind of modelmonitor.dev",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "apiVersion: modelmonitor.dev/v1\nkind: Baseline\n",
            f"f.yaml:1: apiVersion: `modelmonitor.dev/v1` {_WRONG_VERSION}",
        ),
        (
            "apiVersion: modelmonitor.io/v1alpha1\nkind: Baseline\n",
            f"f.yaml:1: apiVersion: `modelmonitor.io/v1alpha1` {_WRONG_VERSION}",
        ),
        (
            "apiVersion: modelmonitor.dev/v1alpha1\nkind: Baselines\n",
            "f.yaml:2: kind: `Baselines` is not a kind of the group; did you mean `Baseline`?",
        ),
        ("apiVersion: v1\n", "f.yaml:1: kind: must be set to a text"),
        ("kind: Baseline\n", "f.yaml:1: apiVersion: must be set to a text"),
        ("- 1\n", "f.yaml:1: must be a mapping with `apiVersion`, `kind`, `metadata` and `spec`"),
        ("just words\n", "f.yaml:1: must be a mapping with `apiVersion`, `kind`, `metadata` and `spec`"),
        (
            "apiVersion: modelmonitor.dev/v1alpha1\nkind: Baseline\nspec: 3\nmetadata: {generateName: x-}\n",
            "f.yaml:4: Baseline/default/(no name): metadata.name: must be set",
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata: {a: 1}\n",
            "f.yaml:4: ConfigMap/default/s: data.a: must be a text, not a number, got 1; put it in quotes",
        ),
    ],
)
def test_wrong_documents_are_told(text: str, said: str) -> None:
    problems = [str(problem) for problem in load_bytes(text.encode(), "f.yaml").problems]
    assert said in problems


def test_all_problems_of_an_object_are_told_in_the_order_of_their_lines() -> None:
    text = _text("schedule").replace("type: DataQuality", "type: Data\n  suspend: 1") + "  nope: 1\n"
    problems = load_bytes(text.encode()).problems
    assert [problem.field for problem in problems] == ["spec.type", "spec.suspend", "spec.nope"]
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)


def test_an_object_twice_is_told_with_the_place_of_the_first() -> None:
    text = _text("baseline") + "---\n" + _text("baseline")
    loaded = load_bytes(text.encode(), "twice.yaml")
    (problem,) = loaded.problems
    assert problem.subject == "Baseline/default/churn"
    assert problem.message == "must be unique, but is also at twice.yaml:4"
    assert set(loaded.objects.baselines) == {CHURN}


def test_a_reference_to_a_broken_object_says_so_instead_of_calling_it_missing() -> None:
    text = "---\n".join(
        [_text("capture-files"), _text("baseline").replace("dataQuality", "dataQualty"), _text("schedule")]
    )
    loaded = load_bytes(text.encode())
    found = [problem.remedy for problem in validation.check(loaded.objects)]
    assert found == ["correct Baseline/default/churn first"]


def test_problems_of_validation_get_the_line_of_their_field() -> None:
    loaded = load_bytes(_text("schedule").encode(), "s.yaml")
    problems = [loaded.located(problem) for problem in validation.check(loaded.objects)]
    lines = _text("schedule").splitlines()
    assert [lines[problem.line - 1].strip() for problem in problems] == ["name: churn", "name: churn"]
    assert lines[problems[0].line - 2].strip() == "baselineRef:"


def test_a_directory_is_read_in_order_without_kustomizations_and_subdirectories(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_text(_text("schedule"))
    (tmp_path / "a.yaml").write_text(_text("baseline"))
    (tmp_path / "c.json").write_text('{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}}')
    (tmp_path / "kustomization.yaml").write_text("resources: [a.yaml]\n")
    (tmp_path / "notes.txt").write_text("not a manifest")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "d.yaml").write_text(_text("capture-files"))
    loaded = load_path(tmp_path)
    assert loaded.problems == ()
    assert [*loaded.objects.baselines, *loaded.objects.schedules] == [CHURN, CHURN]
    assert not loaded.objects.captures
    assert len(loaded.notices) == 1


def test_json_files_are_read_strictly() -> None:
    text = json.dumps(base("baseline"), indent="\t")
    assert load_bytes(text.encode(), "b.json").problems == ()
    (problem,) = load_bytes(text[:-3].encode(), "b.json").problems
    assert "not valid JSON" in problem.message
    assert problem.line == text.count("\n")
    assert (
        load_bytes(b'{"a": 1, "a": 2}', "b.json").problems[0].message.startswith("the key `a` occurs twice")
    )
    assert load_bytes(b"[" * 1_000_000, "b.json").problems
    assert load_bytes(b"9" * 10_000, "b.json").problems


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a: 1\nb: \xff\n", "not UTF-8"),
        ("a: 1\n".encode("utf-16"), "not UTF-8"),
        (b"#" * (LARGEST_FILE + 1), "more than 8 MiB"),
    ],
)
def test_what_is_no_text_is_told(content: bytes, words: str) -> None:
    (problem,) = load_bytes(content, "x.yaml").problems
    assert words in problem.message
    assert problem.file == "x.yaml"


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert load_bytes(b"\xef\xbb\xbf" + _text("baseline").encode()).problems == ()


def test_paths_that_lead_nowhere_are_told(tmp_path: Path) -> None:
    (problem,) = load_path(tmp_path / "nothing.yaml").problems
    assert "No such file" in problem.message
    (problem,) = load_path(tmp_path).problems
    assert problem.message == "the directory holds no *.json, *.yaml, *.yml"


def test_what_does_not_print_is_escaped() -> None:
    text = _text("schedule").replace("type: DataQuality", 'type: "\\e[31m\\u202e"')
    (problem,) = load_bytes(text.encode()).problems
    assert str(problem).isprintable()


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_make_it_raise(content: bytes) -> None:
    load_bytes(content, "x.yaml")
    load_bytes(content, "x.json")


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(["metadata", "spec", "kind", "apiVersion"]),
)
def test_no_value_makes_it_raise(value: object, field: str) -> None:
    manifest = base("baseline-full") | {field: value}
    if field == "spec" and isinstance(value, dict):
        manifest["spec"] = base("baseline-full")["spec"] | {"dataset": value, "columns": value}
    for problem in load_bytes(Case("", manifest).text).problems:
        assert str(problem).isprintable()
