"""Results in the order of their inputs, with a bounded number under way.

`Executor.map` submits everything at once and keeps every finished result until it is asked for; over a
hundred thousand partitions that is neither bounded in memory nor quick to cancel.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_in_order(
    executor: Executor, function: Callable[[Item], Result], items: Iterable[Item], *, ahead: int
) -> Iterator[Result]:
    """Yield `function(item)` for each item, in the items' order, whichever finishes first.

    Parameters
    ----------
    executor
        Where the calls run.
    function
        Called with one item.
    items
        Consumed lazily, at most `ahead` items before the result that is yielded next.
    ahead
        How many calls may be under way or wait for their turn, at least 1.

    Raises
    ------
    Exception
        The first failure in the items' order. Calls that have not begun are cancelled then, and also when the
        caller stops early or is interrupted.
    """
    if ahead < 1:
        raise ValueError(f"`ahead` must be at least 1, got {ahead}")
    pending: deque[Future[Result]] = deque()
    try:
        for item in items:
            pending.append(executor.submit(function, item))
            if len(pending) >= ahead:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()
