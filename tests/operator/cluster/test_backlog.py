"""The queue's memory gives every key to one at a time, in order, and when it is due."""

from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from model_monitor_operator.cluster.backlog import FIRST_RETRY, LONGEST_RETRY, PATIENCE, Backlog, Rest, Turn
from model_monitor_operator.objects import Key

KEYS = [Key("Baseline", "models", name) for name in "abc"]
keys = st.sampled_from(KEYS)


def backlog() -> Backlog:
    return Backlog(Random(1))


def take(queue: Backlog, now: float) -> Key | None:
    turn = queue.take(now)
    return turn.key if turn is not None else None


def rest() -> Rest:
    return Rest(lambda: None)


def test_a_key_is_due_once_however_often_it_is_added() -> None:
    queue = backlog()
    for now in (0, 1, 2):
        queue.add(KEYS[0], now)
    assert (queue.depth(2), queue.oldest(2)) == (1, 2)
    assert take(queue, 2) == KEYS[0]
    assert take(queue, 2) is None


def test_who_came_first_is_served_first() -> None:
    queue = backlog()
    for key in (KEYS[2], KEYS[0], KEYS[1], KEYS[2]):
        queue.add(key, 0)
    assert [take(queue, 0) for _ in KEYS] == [KEYS[2], KEYS[0], KEYS[1]]


def test_a_key_that_somebody_is_busy_with_waits_until_that_is_done() -> None:
    queue = backlog()
    queue.add(KEYS[0], 0)
    take(queue, 0)
    queue.add(KEYS[0], 5)
    assert take(queue, 5) is None
    assert queue.busiest(7) == 7
    queue.done(KEYS[0], 0)
    assert queue.oldest(7) == 2
    assert take(queue, 7) == KEYS[0]


def test_the_earliest_of_several_times_counts() -> None:
    queue = backlog()
    for at in (30, 10, 20):
        queue.add_at(KEYS[0], at)
    assert queue.next_due(0) == 10
    assert take(queue, 9.9) is None
    assert take(queue, 10) == KEYS[0]


def test_a_time_that_was_asked_for_before_is_forgotten_once_the_key_is_looked_at() -> None:
    queue = backlog()
    queue.add_at(KEYS[0], 10)
    queue.add(KEYS[0], 0)
    take(queue, 0)
    queue.done(KEYS[0], 0)
    assert queue.next_due(0) is None
    assert take(queue, 100) is None


def test_a_time_that_is_asked_for_while_somebody_is_busy_counts() -> None:
    queue = backlog()
    queue.add(KEYS[0], 0)
    take(queue, 0)
    queue.add_at(KEYS[0], 3)
    assert take(queue, 4) is None
    queue.done(KEYS[0], 0)
    assert take(queue, 4) == KEYS[0]


def test_failures_are_tried_again_later_and_later_up_to_a_limit_and_never_all_at_once() -> None:
    queue = backlog()
    delays = [queue.retry(KEYS[0], 0) for _ in range(60)]
    for number, delay in enumerate(delays):
        whole = min(FIRST_RETRY * 2**number, LONGEST_RETRY)
        assert 0.8 * whole <= delay <= 1.2 * whole
    assert len(set(delays)) == len(delays)


def test_a_success_lets_the_next_failure_be_a_first_one() -> None:
    queue = backlog()
    for _ in range(9):
        queue.retry(KEYS[0], 0)
    queue.forgive(KEYS[0])
    assert queue.retry(KEYS[0], 0) <= 1.2 * FIRST_RETRY


def test_who_is_asked_to_wait_longer_does() -> None:
    assert backlog().retry(KEYS[0], 0, least=42) == 42


def test_a_rest_waits_for_those_that_have_not_begun() -> None:
    queue, left = backlog(), rest()
    for key in KEYS[:2]:
        queue.add(key, 0)
    assert queue.take(0) == Turn(KEYS[0])
    queue.done(KEYS[0], 5, left)
    queue.add(KEYS[2], 5 + PATIENCE - 1)
    assert (queue.depth(40), queue.oldest(40)) == (3, 40)
    assert queue.take(40) == Turn(KEYS[1])
    assert queue.take(40) == Turn(KEYS[2])
    assert queue.next_due(40) == 0
    assert queue.take(40) == Turn(KEYS[0], left)
    assert queue.next_due(40) is None


def test_a_rest_does_not_wait_for_those_that_come_much_later() -> None:
    queue, left = backlog(), rest()
    queue.add(KEYS[0], 0)
    queue.take(0)
    queue.done(KEYS[0], 5, left)
    queue.add(KEYS[1], 5 + PATIENCE)
    assert queue.take(5 + PATIENCE) == Turn(KEYS[0], left)


@pytest.mark.parametrize("late", [True, False])
def test_a_rest_is_dropped_when_its_key_is_added(late: bool) -> None:
    queue = backlog()
    queue.add(KEYS[0], 0)
    queue.take(0)
    if not late:
        queue.add(KEYS[0], 1)
    queue.done(KEYS[0], 2, rest())
    if late:
        queue.add(KEYS[0], 3)
    assert queue.take(4) == Turn(KEYS[0])
    queue.done(KEYS[0], 4)
    assert queue.take(99) is None


class Story(RuleBasedStateMachine):
    """Whatever happens, nobody shares a key, no wish or rest is lost, and nothing comes early."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = backlog()
        self.now = 0.0
        self.busy: set[Key] = set()
        self.wanted: set[Key] = set()
        self.rests: dict[Key, Rest] = {}
        self.later: dict[Key, float] = {}

    @rule(key=keys)
    def add(self, key: Key) -> None:
        self.queue.add(key, self.now)
        self.want(key)

    @rule(key=keys, seconds=st.integers(0, 20))
    def add_after(self, key: Key, seconds: int) -> None:
        self.ripen()
        self.queue.add_at(key, self.now + seconds)
        self.later[key] = min(self.later.get(key, float("inf")), self.now + seconds)

    @rule(seconds=st.integers(1, 10))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule()
    def take(self) -> None:
        self.ripen()
        turn = self.queue.take(self.now)
        assert (turn is None) == (not self.wanted - self.busy and not self.rests)
        if turn is not None:
            key = turn.key
            assert key not in self.busy
            assert turn.rest is self.rests.pop(key, None)
            assert (turn.rest is None) == (key in self.wanted)
            self.busy.add(key)
            self.wanted.discard(key)
            self.later.pop(key, None)

    @precondition(lambda self: self.busy)
    @rule(data=st.data())
    def done(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.busy)))
        left = data.draw(st.sampled_from([None, rest()]))
        self.queue.done(key, self.now, left)
        self.busy.discard(key)
        self.ripen()
        if left is not None and key not in self.wanted:
            self.rests[key] = left

    def ripen(self) -> None:
        for key in [key for key, at in self.later.items() if at <= self.now]:
            del self.later[key]
            self.want(key)

    def want(self, key: Key) -> None:
        self.wanted.add(key)
        self.rests.pop(key, None)

    @invariant()
    def somebody_who_waits_wakes_in_time(self) -> None:
        self.ripen()
        due = self.queue.next_due(self.now)
        if self.wanted - self.busy or self.rests:
            assert due == 0
        elif self.later:
            assert due == min(self.later.values()) - self.now
        else:
            assert due is None


TestStory = Story.TestCase
TestStory.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
