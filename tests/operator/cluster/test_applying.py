"""What shall be is made so, and somebody else's object is never touched."""

import copy
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from model_monitor_operator.cluster.applying import Applier
from model_monitor_operator.cluster.cache import Cache
from model_monitor_operator.cluster.client import Client
from model_monitor_operator.decision import Deletion, Desired
from model_monitor_operator.errors import ConflictedError, ForbiddenError
from model_monitor_operator.objects import Object, key_of, uid_of
from tests.operator.cluster.toy import capture, child_of, stored
from tests.operator.life.memory import MemoryClient

PARENT = stored(capture("a"), 1, "parent")
OTHER = stored(capture("b"), 1, "other")
CHILD = child_of(PARENT)
KEY = key_of(CHILD)


class World:
    """A server, a cache and what writes to both."""

    def __init__(self, *there: Object) -> None:
        self.client = MemoryClient(datetime(2026, 1, 1, tzinfo=UTC))
        self.cache = Cache()
        self.applier = Applier(cast("Client", self.client), self.cache, self.cache.put)
        for thing in there:
            self.client.create(thing)
        self.client.writes.clear()

    @property
    def verbs(self) -> list[str]:
        return [verb for verb, _ in self.client.writes]


def config_map(name: str, owner: Object | None = PARENT, **fields: Any) -> Object:
    thing = copy.deepcopy(child_of(owner or PARENT, **fields))
    thing["metadata"]["name"] = name
    if owner is None:
        del thing["metadata"]["ownerReferences"]
    return thing


def desired(how: str) -> Desired:
    return Desired(apply=(CHILD,)) if how == "apply" else Desired(create=(CHILD,))


def test_what_is_kept_is_created_and_then_costs_no_write() -> None:
    world = World()
    for _ in range(3):
        applied = world.applier.make(Desired(apply=(CHILD,)))
        assert applied.objects[KEY]["data"] == CHILD["data"]
    assert world.verbs == ["create"]


def test_what_somebody_changed_is_set_again() -> None:
    world = World()
    world.applier.make(Desired(apply=(CHILD,)))
    world.client.change(KEY, data={"uri": "elsewhere"})
    world.applier.make(Desired(apply=(CHILD,)))
    assert world.client.things[KEY]["data"] == CHILD["data"]


def test_a_field_that_is_wanted_no_longer_is_noticed() -> None:
    world = World()
    world.applier.make(Desired(apply=(config_map("x", data={"a": "1", "b": "2"}),)))
    world.applier.make(Desired(apply=(config_map("x", data={"a": "1"}),)))
    assert world.client.things[KEY._replace(name="x")]["data"] == {"a": "1"}


@pytest.mark.parametrize("how", ["apply", "create"])
@pytest.mark.parametrize(("owner", "who"), [(None, "nobody"), (OTHER, "DataCapture/b")])
def test_a_name_that_is_taken_is_a_conflict_and_the_object_stays(
    how: str, owner: Object | None, who: str
) -> None:
    world = World(config_map(KEY.name, owner, data={"theirs": "1"}))
    applied = world.applier.make(desired(how))
    assert applied.conflicts == {KEY: who}
    assert applied.objects == {}
    assert world.verbs == []


@pytest.mark.parametrize("how", ["apply", "create"])
def test_what_an_earlier_object_of_our_name_left_is_waited_for(how: str) -> None:
    world = World(config_map(KEY.name, stored(capture("a"), 1, "earlier")))
    with pytest.raises(ConflictedError, match="earlier DataCapture 'a'"):
        world.applier.make(desired(how))
    assert world.verbs == []


def test_what_is_there_already_counts_as_created() -> None:
    world = World(config_map(KEY.name, data={"as": "it was"}))
    applied = world.applier.make(Desired(create=(CHILD,)))
    assert applied.objects[KEY]["data"] == {"as": "it was"}
    assert world.verbs == []


def test_what_is_being_deleted_is_waited_for() -> None:
    world = World(config_map(KEY.name))
    world.client.change(KEY, metadata__deletionTimestamp="2026-01-01T00:00:00Z")
    with pytest.raises(ConflictedError, match="is being deleted"):
        world.applier.make(Desired(apply=(CHILD,)))


def test_an_object_that_is_refused_is_known_and_holds_up_what_may_need_it() -> None:
    world = World(config_map("old"))
    refused = ForbiddenError("no")
    world.client.refused["Job"] = refused
    job = {**config_map("job"), "kind": "Job", "apiVersion": "batch/v1"}
    old = Deletion(KEY._replace(name="old"), uid_of(world.client.things[KEY._replace(name="old")]))
    desired = Desired(
        apply=(job, CHILD), create=(config_map("first"), job, config_map("last")), delete=(old,)
    )
    applied = world.applier.make(desired)
    assert applied.refusals == {key_of(job): refused}
    assert sorted(key.name for key in applied.objects) == ["a-child", "first"]
    assert ("delete", old.key) not in world.client.writes


def test_deletions_come_last_and_spare_another_object_of_the_name() -> None:
    world = World(config_map("old"), config_map("new-of-that-name"))
    old = KEY._replace(name="old")
    gone = Deletion(old, uid_of(world.client.things[old]))
    other = Deletion(KEY._replace(name="new-of-that-name"), "the one before")
    world.applier.make(Desired(create=(CHILD,), delete=(gone, other)))
    assert world.client.writes == [("create", KEY), ("delete", old)]


def test_what_is_made_for_nobody_is_a_mistake_of_ours() -> None:
    world = World(config_map(KEY.name))
    with pytest.raises(ValueError, match="made for nobody"):
        world.applier.make(Desired(create=(config_map(KEY.name, None),)))
