"""The client against a real API server."""

from collections.abc import Iterator
from typing import Any

import pytest

from model_monitor_operator.cluster import client as client_module
from model_monitor_operator.cluster.applying import Applier
from model_monitor_operator.cluster.cache import Cache
from model_monitor_operator.cluster.client import Client
from model_monitor_operator.cluster.connection import Connection, configuration
from model_monitor_operator.cluster.reading import ClusterReader
from model_monitor_operator.cluster.telling import Teller
from model_monitor_operator.decision import Deletion, Desired, Note
from model_monitor_operator.errors import AbsentError, ConflictedError, ExistsError, RefusedError
from model_monitor_operator.objects import SCHEDULES, Object, created, key_of, uid_of
from tests.cluster.cluster import Cluster
from tests.operator.cluster.running import client_of
from tests.operator.cluster.toy import capture, child_of

pytestmark = pytest.mark.slow


@pytest.fixture
def client(cluster: Cluster) -> Iterator[Client]:
    with client_of(cluster.kubeconfig) as ours:
        yield ours


@pytest.fixture
def parent(client: Client, namespace: str) -> Object:
    return client.create(capture("a", namespace))


def make(client: Client, wanted: Object) -> Any:
    cache = Cache()
    return Applier(client, cache, cache.put).make(Desired(apply=(wanted,)))


def test_an_object_is_created_once_and_found(client: Client, namespace: str, parent: Object) -> None:
    assert client.get(*key_of(parent)) == parent
    with pytest.raises(ExistsError):
        client.create(capture("a", namespace))
    assert client.get("DataCapture", namespace, "b") is None


def test_a_listing_out_of_memory_is_no_older_than_asked_for(client: Client, namespace: str) -> None:
    made = [client.create(capture(name, namespace)) for name in "abc"]
    last = made[-1]["metadata"]["resourceVersion"]
    found = client.list("DataCapture", namespace, since=last)
    assert found.items == tuple(made)
    assert int(found.version) >= int(last)


def test_refusals_carry_the_words_of_the_server(client: Client, namespace: str) -> None:
    with pytest.raises(RefusedError, match=r"spec\.source"):
        client.create({**capture("a", namespace), "spec": {}})
    with pytest.raises(AbsentError, match="nowhere"):
        client.create(capture("a", "nowhere"))


def test_a_new_status_lacks_what_it_does_not_say(client: Client, parent: Object) -> None:
    first = client.patch_status(parent, {"observedGeneration": 1, "url": "http://a", "records": 3})
    second = client.patch_status(first, {"observedGeneration": 1, "records": 4})
    assert second["status"] == {"observedGeneration": 1, "records": 4}
    assert second["spec"] == parent["spec"]


def test_a_status_of_an_object_that_was_changed_is_not_written(client: Client, parent: Object) -> None:
    client.patch_status(parent, {"observedGeneration": 1})
    with pytest.raises(ConflictedError):
        client.patch_status(parent, {"observedGeneration": 2})


def test_a_status_of_another_object_of_the_name_is_not_written(
    client: Client, namespace: str, parent: Object
) -> None:
    client.delete(Deletion(key_of(parent), uid_of(parent)))
    with pytest.raises(AbsentError):
        client.patch_status(parent, {"observedGeneration": 1})
    client.create(capture("a", namespace))
    with pytest.raises(ConflictedError):
        client.patch_status(parent, {"observedGeneration": 1})


def test_only_the_object_that_was_seen_is_deleted(client: Client, parent: Object) -> None:
    client.delete(Deletion(key_of(parent), "0000"))
    assert client.get(*key_of(parent)) is not None
    for _ in range(2):
        client.delete(Deletion(key_of(parent), uid_of(parent)))
    assert client.get(*key_of(parent)) is None


def test_a_field_that_is_not_wanted_any_more_goes(client: Client, parent: Object) -> None:
    make(client, child_of(parent, data={"a": "1", "b": "2"}))
    key = key_of(child_of(parent))
    assert (client.get(*key) or {})["data"] == {"a": "1", "b": "2"}
    make(client, child_of(parent, data={"b": "3"}))
    assert (client.get(*key) or {})["data"] == {"b": "3"}


def test_what_others_add_stays_and_what_they_change_is_set_again(
    client: Client, cluster: Cluster, parent: Object
) -> None:
    key = key_of(child_of(parent))
    make(client, child_of(parent, data={"a": "1"}))
    theirs = cluster.resource("v1", "configmaps", key.namespace)
    theirs.patch(key.name, {"data": {"a": "theirs", "z": "26"}})
    make(client, child_of(parent, data={"a": "1"}))
    assert (client.get(*key) or {})["data"] == {"a": "1", "z": "26"}


def test_what_is_as_it_shall_be_is_not_written(client: Client, parent: Object) -> None:
    versions = set()
    for _ in range(3):
        (there,) = make(client, child_of(parent)).objects.values()
        versions.add(there["metadata"]["resourceVersion"])
    assert len(versions) == 1


def test_somebody_elses_object_is_left_as_it_is(client: Client, parent: Object) -> None:
    theirs = child_of(parent, data={"theirs": "1"})
    del theirs["metadata"]["ownerReferences"]
    there = client.create(theirs)
    applied = make(client, child_of(parent))
    assert applied.conflicts == {key_of(theirs): "nobody"}
    assert client.get(*key_of(theirs)) == there


def test_apply_spares_an_object_that_took_the_name_meanwhile(client: Client, parent: Object) -> None:
    there = client.create(child_of(parent))
    client.delete(Deletion(key_of(there), uid_of(there)))
    wanted = child_of(parent)
    wanted["metadata"] |= {name: there["metadata"][name] for name in ("uid", "resourceVersion")}
    with pytest.raises(ConflictedError):
        client.apply(wanted)
    assert client.get(*key_of(there)) is None
    theirs = child_of(parent, data={"theirs": "1"})
    client.create(theirs)
    with pytest.raises(ConflictedError):
        client.apply(wanted)
    assert (client.get(*key_of(there)) or {})["data"] == {"theirs": "1"}


def test_listings_are_complete_however_many_pages_they_have(
    client: Client, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "PAGE", 2)
    for name in "abcde":
        client.create(capture(name, namespace))
    found = client.list("DataCapture", namespace)
    assert [each["metadata"]["name"] for each in found.items] == list("abcde")
    assert {each["kind"] for each in found.items} == {"DataCapture"}
    assert found.version.isdecimal()
    by_field = client.list("DataCapture", namespace, fields="metadata.name=c")
    assert [each["metadata"]["name"] for each in by_field.items] == ["c"]


def test_a_listing_whose_moment_is_forgotten_is_begun_anew(
    cluster: Cluster, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Forgetful(Connection):
        pages = 0

        def send(self, *given: Any, **named: Any) -> dict[str, Any]:
            self.pages += 1
            if self.pages == 2:
                raise ConflictedError("410: the provided continue parameter is too old")
            return super().send(*given, **named)

    monkeypatch.setattr(client_module, "PAGE", 2)
    for name in "abc":
        cluster.resource("modelmonitor.dev/v1alpha1", "datacaptures", namespace).create(
            capture(name, namespace)
        )
    connection = Forgetful(configuration(cluster.kubeconfig, 1))
    found = Client(connection).list("DataCapture", namespace)
    connection.close()
    assert connection.pages == 4
    assert [each["metadata"]["name"] for each in found.items] == list("abc")


def test_kinds_that_are_served_are_known(client: Client) -> None:
    assert {"Baseline", "DataCapture", "MonitoringSchedule"} <= client.served(SCHEDULES)
    assert client.served(SCHEDULES._replace(group="nobody.example")) == frozenset()


def test_events_count_up_and_are_found(client: Client, parent: Object) -> None:
    teller = Teller(client, lambda: created(parent))
    for message in ("one", "two", "one"):
        teller.tell(parent, Note("Warning", "Tried", message))
    events = ClusterReader(Cache(), client, lambda _: {}).events_about(parent)
    assert sorted((each["message"], each["count"]) for each in events) == [("one", 2), ("two", 1)]
