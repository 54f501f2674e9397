"""The cache keeps what is newest, whoever tells of it in whatever order."""

import random
from collections.abc import Mapping
from typing import Any

import pytest

from model_monitor_operator.cluster.cache import Cache
from model_monitor_operator.naming import labels_for
from model_monitor_operator.objects import Object, key_of
from tests.operator.cluster.toy import capture, child_of, stored


def execution(name: str, schedule: str, version: int, **meta: Any) -> Object:
    return stored(
        {
            "apiVersion": "modelmonitor.dev/v1alpha1",
            "kind": "MonitoringExecution",
            "metadata": {"name": name, "namespace": "models", **meta},
            "spec": {"scheduleRef": {"name": schedule}},
        },
        version,
    )


def names(things: tuple[Object, ...]) -> list[str]:
    return [thing["metadata"]["name"] for thing in things]


def test_an_older_version_does_not_replace_a_newer_one() -> None:
    cache = Cache()
    assert cache.put(stored(capture("a", uri="s3://new/"), 12))
    assert not cache.put(stored(capture("a", uri="s3://old/"), 9))
    assert not cache.put(stored(capture("a", uri="s3://same/"), 12))
    found = cache.get("DataCapture", "models", "a")
    assert found is not None
    assert found["spec"]["source"]["files"]["uri"] == "s3://new/"


def test_what_was_deleted_does_not_come_back_with_a_late_answer() -> None:
    cache = Cache()
    cache.put(stored(capture("a"), 3))
    assert cache.remove(stored(capture("a"), 5))
    assert not cache.put(stored(capture("a"), 4))
    assert cache.items("DataCapture") == ()


def test_what_had_only_left_the_selection_comes_back() -> None:
    cache = Cache()
    cache.put(stored(capture("a"), 3))
    cache.remove(stored(capture("a"), 5))
    assert cache.put(stored(capture("a"), 6))


def test_another_object_of_a_name_stays_when_the_one_before_is_seen_to_go() -> None:
    cache = Cache()
    cache.put(stored(capture("a"), 3, "first"))
    assert cache.put(stored(capture("a"), 7, "second"))
    assert not cache.remove(stored(capture("a"), 6, "first"))
    assert not cache.put(stored(capture("a"), 5, "first"))
    assert [thing["metadata"]["uid"] for thing in cache.items("DataCapture")] == ["second"]


def test_a_listing_tells_what_is_new_changed_and_gone() -> None:
    cache = Cache()
    for name in ("kept", "changed", "gone"):
        cache.put(stored(capture(name), 3))
    listing = [stored(capture("kept"), 3), stored(capture("changed"), 8), stored(capture("new"), 6)]
    changed = cache.replace("DataCapture", None, listing, "9")
    assert sorted(names(changed)) == ["changed", "gone", "new"]
    assert sorted(names(cache.items("DataCapture"))) == ["changed", "kept", "new"]


def test_what_is_newer_than_a_listing_stays() -> None:
    cache = Cache()
    cache.put(stored(capture("made-meanwhile"), 11))
    cache.remove(stored(capture("deleted-meanwhile"), 12))
    assert cache.replace("DataCapture", None, [stored(capture("deleted-meanwhile"), 4)], "9") == ()
    assert names(cache.items("DataCapture")) == ["made-meanwhile"]


def test_a_listing_of_one_namespace_says_nothing_of_others() -> None:
    cache = Cache()
    cache.put(stored(capture("a", "one"), 1))
    cache.put(stored(capture("b", "two"), 2))
    assert names(cache.replace("DataCapture", "one", [], "5")) == ["a"]
    assert names(cache.items("DataCapture", "two")) == ["b"]


def test_children_are_found_by_their_controller_and_follow_its_change() -> None:
    cache = Cache()
    first, second = stored(capture("a"), 1, "uid-1"), stored(capture("a"), 2, "uid-2")
    cache.put(stored(child_of(first), 3, "child"))
    assert names(cache.owned("ConfigMap", first)) == ["a-child"]
    cache.put(stored(child_of(second), 4, "child"))
    assert cache.owned("ConfigMap", first) == ()
    assert names(cache.owned("ConfigMap", second)) == ["a-child"]
    assert cache.owned("Job", second) == ()


@pytest.mark.parametrize(
    "forged",
    [
        {"namespace": "elsewhere"},
        {"reference": {"kind": "Baseline"}},
        {"reference": {"name": "b"}},
        {"reference": {"apiVersion": "example.test/v1alpha1"}},
        {"reference": {"controller": False}},
    ],
    ids=str,
)
def test_an_identity_alone_makes_nobody_a_child(forged: Mapping[str, Any]) -> None:
    cache, owner = Cache(), stored(capture("a"), 1, "uid-1")
    child = stored(child_of(owner), 2, "child")
    child["metadata"]["namespace"] = forged.get("namespace", "models")
    child["metadata"]["ownerReferences"][0] |= forged.get("reference", {})
    cache.put(child)
    assert cache.owned("ConfigMap", owner) == ()


def test_executions_are_found_by_the_schedule_that_they_name_whoever_made_them() -> None:
    cache = Cache()
    for name in ("churn-2", "by-hand", "churn-1"):
        cache.put(execution(name, "churn", 1))
    cache.put(execution("other-1", "other", 1))
    assert names(cache.executions_of("models", "churn")) == ["by-hand", "churn-1", "churn-2"]
    assert cache.executions_of("elsewhere", "churn") == ()


def test_what_no_watch_would_tell_of_is_not_taken() -> None:
    cache = Cache()
    foreign = stored(child_of(stored(capture("a"), 1)), 2)
    foreign["metadata"]["labels"] = {}
    assert not cache.put(foreign)
    assert not cache.put({**stored(capture("a"), 2), "kind": "Secret"})


def test_memory_is_spent_on_nothing_that_nobody_reads() -> None:
    cache = Cache()
    meta: dict[str, Any] = {
        "managedFields": [{}],
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
    }
    whole = stored(capture("a", **meta), 1)
    cache.put(whole)
    cache.put(stored(child_of(whole, binaryData={"a": "AA=="}), 2))
    labels = labels_for("Baseline", "churn", "analyzer")
    for kind, spec in (
        ("Pod", {"nodeName": "n", "containers": []}),
        ("Job", {"suspend": True, "template": {}}),
    ):
        meta = {"name": "j", "namespace": "models", "labels": labels}
        cache.put(stored({"apiVersion": "v1", "kind": kind, "metadata": meta, "spec": spec}, 3, kind))
    kept = [thing for kind in ("DataCapture", "ConfigMap", "Pod", "Job") for thing in cache.items(kind)]
    assert kept[0]["metadata"]["annotations"] == {}
    assert "managedFields" not in kept[0]["metadata"]
    assert {"data", "binaryData"} & set(kept[1]) == set()
    assert [thing["spec"] for thing in kept[2:]] == [{"nodeName": "n"}, {"suspend": True}]
    assert "managedFields" in whole["metadata"]


def test_events_and_answers_in_any_order_end_at_what_is_there() -> None:
    rng = random.Random(7)
    for _ in range(200):
        steps = [("put", stored(capture("a"), version, "one")) for version in (1, 2, 3)]
        steps += [("remove", stored(capture("a"), 4, "one"))]
        steps += [("put", stored(capture("a"), version, "two")) for version in (5, 6)]
        rng.shuffle(steps)
        cache = Cache()
        for step, thing in steps:
            cache.put(thing) if step == "put" else cache.remove(thing)
        (left,) = cache.items("DataCapture")
        assert (key_of(left).name, left["metadata"]["resourceVersion"]) == ("a", "6")
