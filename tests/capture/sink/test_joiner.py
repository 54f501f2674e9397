"""Halves joined: none lost, none doubled, whatever the order."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from model_monitor_capture.sink.events import Side
from model_monitor_capture.sink.joiner import WAITING_OVERHEAD, Half, Joined, Joiner

WINDOW = 10.0
Name = tuple[int, Side]

SIDES: st.SearchStrategy[Side] = st.sampled_from(["input", "output"])
EVENTS = st.lists(st.tuples(st.integers(0, 6), SIDES, st.sampled_from([0.0, 0.0, 1.0, 6.0, 11.0])))


def half(key: int, side: Side, size: int = 10) -> Half[Name]:
    return Half(key, side, size, (key, side))


def sides(joined: Joined[Name]) -> list[Name]:
    return [body for body in (joined.input, joined.output) if body is not None]


@given(EVENTS, st.sampled_from([3 * (WAITING_OVERHEAD + 10), 1 << 20]), st.booleans())
def test_every_half_comes_out_once_and_never_with_a_stranger(
    arrivals: list[tuple[int, Side, float]], limit: int, alone: bool
) -> None:
    joiner: Joiner[Name] = Joiner(WINDOW, limit)
    now = 0.0
    out: list[Joined[Name]] = []
    taken: Counter[Name] = Counter()
    last: dict[Name, float] = {}
    for key, side, pause in arrivals:
        now += pause
        out += joiner.expire(now)
        done = joiner.take(half(key, side), now, alone=alone)
        if done is None:
            # Only what came before is a duplicate, and what came within a window always is one.
            assert taken[key, side]
        else:
            assert (key, side) not in last or now - last[key, side] >= WINDOW
            taken[key, side] += 1
            last[key, side] = now
            out += done
        assert joiner.size <= limit
    out += joiner.drain()
    assert Counter(name for joined in out for name in sides(joined)) == taken
    for joined in out:
        assert len({key for key, _ in sides(joined)}) == 1
        assert joined.input is None or joined.input[1] == "input"
        assert joined.output is None or joined.output[1] == "output"
    assert (len(joiner), joiner.size) == (0, 0)


@given(st.permutations([(key, side) for key in range(4) for side in ("input", "output")]))
def test_what_comes_within_the_window_is_joined_in_any_order(order: list[Name]) -> None:
    joiner: Joiner[Name] = Joiner(WINDOW, 1 << 20)
    out: list[Joined[Name]] = []
    for key, side in order:
        out += joiner.take(half(key, side), 0.0) or []
    assert sorted(sides(joined) for joined in out) == [[(k, "input"), (k, "output")] for k in range(4)]


def test_a_half_waits_no_longer_than_its_window() -> None:
    joiner: Joiner[Name] = Joiner(WINDOW, 1 << 20)
    joiner.take(half(1, "input"), 0.0)
    joiner.take(half(2, "output"), 5.0)
    assert joiner.expire(9.9) == []
    assert joiner.expire(10.0) == [Joined((1, "input"), None, "window")]
    # The late answer is kept too, alone.
    assert joiner.take(half(1, "output"), 11.0) == []
    assert joiner.expire(21.0) == [
        Joined(None, (2, "output"), "window"),
        Joined(None, (1, "output"), "window"),
    ]


def test_when_there_is_no_room_the_oldest_goes_alone() -> None:
    joiner: Joiner[Name] = Joiner(WINDOW, 2 * (WAITING_OVERHEAD + 10))
    assert joiner.take(half(1, "input"), 0.0) == []
    assert joiner.take(half(2, "input"), 0.0) == []
    assert joiner.take(half(3, "input"), 0.0) == [Joined((1, "input"), None, "pressure")]


def test_a_refused_half_is_lost_only_if_it_does_not_come_again() -> None:
    joiner: Joiner[Name] = Joiner(WINDOW, 1 << 20)
    assert joiner.refuse(1, 0.0, "one") == []
    assert joiner.refuse(1, 0.0, "its answer") == []
    assert joiner.refuse(2, 0.0, "two") == []
    joiner.take(half(1, "input"), 5.0)
    assert joiner.refuse(1, 6.0, "awaited") == []
    assert joiner.lost(9.9) == []
    assert joiner.lost(10.0) == ["two"]
    joiner.refuse(3, 20.0, "three")
    assert joiner.lost(None) == ["three"]


def test_what_a_window_ago_was_taken_may_come_again() -> None:
    joiner: Joiner[Name] = Joiner(WINDOW, 1 << 20)
    joiner.take(half(1, "input"), 0.0, alone=True)
    assert joiner.take(half(1, "input"), 9.0, alone=True) is None
    for moment in (25.0, 50.0):
        joiner.take(half(2, "input"), moment, alone=True)
    assert joiner.take(half(1, "input"), 50.0, alone=True) is not None
