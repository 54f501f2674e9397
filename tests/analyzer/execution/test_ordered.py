import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from model_monitor_analyzer.execution.ordered import map_in_order


def test_results_come_in_the_order_of_the_items_whichever_finishes_first() -> None:
    second_done = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert second_done.wait(timeout=10)
        if item == 1:
            second_done.set()
        return item * item

    with ThreadPoolExecutor(2) as executor:
        assert list(map_in_order(executor, work, range(50), ahead=4)) == [item * item for item in range(50)]


@pytest.mark.parametrize("ahead", [1, 3, 8])
def test_never_more_than_so_many_are_taken_ahead(ahead: int) -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for item in range(40):
            taken += 1
            yield item

    with ThreadPoolExecutor(4) as executor:
        for received, _ in enumerate(map_in_order(executor, lambda item: item, items(), ahead=ahead)):
            assert taken - received <= ahead


def test_nothing_to_do_gives_nothing() -> None:
    with ThreadPoolExecutor(1) as executor:
        assert list(map_in_order(executor, lambda item: item, [], ahead=2)) == []


def test_the_first_failure_in_the_items_order_is_raised_and_the_rest_is_cancelled() -> None:
    later_failed = threading.Event()
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        if item == 1:
            assert later_failed.wait(timeout=10)
            raise ValueError("item 1")
        if item == 2:
            later_failed.set()
            raise KeyError("item 2")
        return item

    with ThreadPoolExecutor(2) as executor:
        results = map_in_order(executor, work, range(1000), ahead=6)
        assert next(results) == 0
        with pytest.raises(ValueError, match="item 1"):
            list(results)
    assert len(begun) <= 7


def test_a_caller_who_stops_early_cancels_what_has_not_begun() -> None:
    gate = threading.Event()
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        if item:
            assert gate.wait(timeout=10)
        return item

    with ThreadPoolExecutor(1) as executor:
        results = map_in_order(executor, work, range(100), ahead=10)
        assert next(results) == 0
        results.close()  # type: ignore[attr-defined] # an iterator to callers, a generator here
        gate.set()
    assert len(begun) <= 2


def test_ahead_must_be_positive() -> None:
    with ThreadPoolExecutor(1) as executor, pytest.raises(ValueError, match="at least 1, got 0"):
        list(map_in_order(executor, lambda item: item, [1], ahead=0))
