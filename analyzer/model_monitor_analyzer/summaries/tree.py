"""Adding many summaries in a tree that the number of leaves alone decides."""

from collections.abc import Iterable
from typing import Protocol, Self, TypeVar


class Summary(Protocol):
    """Anything whose sum describes both."""

    def __add__(self, other: Self, /) -> Self:
        """Return the summary of both together."""
        ...


S = TypeVar("S", bound=Summary)


def merge_tree(leaves: Iterable[S]) -> S | None:
    """Add leaves pairwise, in order: neighbours first, then neighbouring pairs, and so on.

    Leaves are taken one at a time, and of n no more than log2(n) + 1 sums are held at any moment, as in a
    binary counter.

    Returns
    -------
    The sum, or None if there are no leaves.
    """
    sums: list[tuple[int, S]] = []
    for leaf in leaves:
        height, total = 0, leaf
        while sums and sums[-1][0] == height:
            total = sums.pop()[1] + total
            height += 1
        sums.append((height, total))
    if not sums:
        return None
    total = sums.pop()[1]
    while sums:
        total = sums.pop()[1] + total
    return total
