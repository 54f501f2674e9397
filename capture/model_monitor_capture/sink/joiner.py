"""Requests and responses joined by their key, whichever comes first. It knows no clock, no HTTP and no disk.

Each half that is taken comes out once: in a pair, or alone when its other half has not come within the
window, when room for those that wait runs out, or at the end. A half that was taken is known for at least a
window, and not taken again.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Final, Generic, Literal, NamedTuple, TypeVar

from model_monitor_capture.sink.events import Side

Body = TypeVar("Body")
Ending = Literal["joined", "window", "pressure", "end"]

WAITING_OVERHEAD: Final = 1024
"""Bytes that a waiting half takes besides its body, about."""

_REMEMBERED: Final = 1_000_000
"""Halves that are remembered at most, so as to recognise duplicates."""

_REFUSED: Final = 100_000


class Half(NamedTuple, Generic[Body]):
    """One side of an inference.

    Attributes
    ----------
    key
        What both sides have in common, and no other inference.
    side
        Which one it is.
    size
        Bytes that it takes.
    body
        What is kept of it.
    """

    key: Hashable
    side: Side
    size: int
    body: Body


class Joined(NamedTuple, Generic[Body]):
    """What becomes one record.

    Attributes
    ----------
    input, output
        The request and the response; at least one is there.
    ending
        Why it is given now.
    """

    input: Body | None
    output: Body | None
    ending: Ending


class _Waiting(NamedTuple, Generic[Body]):
    half: Half[Body]
    since: float


class Joiner(Generic[Body]):
    """Joins halves.

    Parameters
    ----------
    window
        Seconds that a half waits for its other half.
    limit
        Bytes that may wait; beyond, those that have waited longest are given alone.
    """

    def __init__(self, window: float, limit: int) -> None:
        self.window = window
        self.size = 0
        self._limit = limit
        self._waiting: OrderedDict[Hashable, _Waiting[Body]] = OrderedDict()
        self._recent: set[int] = set()
        self._older: set[int] = set()
        self._turned = 0.0
        self._refused: OrderedDict[int, tuple[float, object]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many halves wait."""
        return len(self._waiting)

    def is_known(self, key: Hashable, side: Side) -> bool:
        """Return whether this half was taken before."""
        mark = hash((key, side))
        return mark in self._recent or mark in self._older

    def is_awaited(self, key: Hashable) -> bool:
        """Return whether a half of this key waits."""
        return key in self._waiting

    def take(self, half: Half[Body], now: float, *, alone: bool = False) -> list[Joined[Body]] | None:
        """Take a half; return what is complete by it, None if it was taken before.

        Parameters
        ----------
        half
            One that may or may not have been taken before.
        now
            The moment, in seconds of a clock that only goes on.
        alone
            Do not wait for its other half.
        """
        self._forget(now)
        waiting = self._waiting.get(half.key)
        if self.is_known(half.key, half.side) or (waiting is not None and waiting.half.side == half.side):
            return None
        self._remember(hash((half.key, half.side)), now)
        self._refused.pop(hash(half.key), None)
        if waiting is not None:
            del self._waiting[half.key]
            self.size -= _size(waiting.half)
            return [_pair(half, waiting.half)]
        if alone:
            return [_single(half, "joined")]
        self._waiting[half.key] = _Waiting(half, now)
        self.size += _size(half)
        return list(self._pop_while(lambda _: self.size > self._limit, "pressure"))

    def expire(self, now: float) -> list[Joined[Body]]:
        """Return the halves whose window has ended."""
        return list(self._pop_while(lambda since: since + self.window <= now, "window"))

    def drain(self) -> list[Joined[Body]]:
        """Return all halves that wait."""
        return list(self._pop_while(lambda _: True, "end"))

    def refuse(self, key: Hashable, now: float, note: object) -> list[object]:
        """Note that a half had to be refused; it may be sent again.

        Returns
        -------
        list
            Notes of refusals that can be kept in mind no longer, and so count as lost.
        """
        mark = hash(key)  # a key may be long, and there may be many
        if key in self._waiting or mark in self._refused:
            return []
        self._refused[mark] = (now, note)
        return [self._refused.popitem(last=False)[1][1]] if len(self._refused) > _REFUSED else []

    def lost(self, now: float | None) -> list[object]:
        """Return the notes of refused halves that did not come again within the window, or all at the end."""
        notes = []
        while self._refused:
            since, note = next(iter(self._refused.values()))
            if now is not None and since + self.window > now:
                break
            self._refused.popitem(last=False)
            notes.append(note)
        return notes

    def _pop_while(self, due: Callable[[float], bool], ending: Ending) -> Iterator[Joined[Body]]:
        while self._waiting:
            first = next(iter(self._waiting.values()))
            if not due(first.since):
                return
            self._waiting.popitem(last=False)
            self.size -= _size(first.half)
            yield _single(first.half, ending)

    def _forget(self, now: float, *, at_once: bool = False) -> None:
        """Begin a new generation when the older one holds nothing that a window has not passed since."""
        age = now - self._turned
        if at_once or age >= self.window:
            self._older = self._recent if at_once or age < 2 * self.window else set()
            self._recent, self._turned = set(), now

    def _remember(self, mark: int, now: float) -> None:
        self._forget(now, at_once=2 * len(self._recent) >= _REMEMBERED)
        self._recent.add(mark)


def _size(half: Half[Body]) -> int:
    return half.size + WAITING_OVERHEAD


def _single(half: Half[Body], ending: Ending) -> Joined[Body]:
    return Joined(half.body, None, ending) if half.side == "input" else Joined(None, half.body, ending)


def _pair(one: Half[Body], other: Half[Body]) -> Joined[Body]:
    if one.side == "input":
        return Joined(one.body, other.body, "joined")
    return Joined(other.body, one.body, "joined")
