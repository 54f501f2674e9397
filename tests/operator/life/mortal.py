"""A world whose operator may be killed at any write."""

from typing import Any

from tests.operator.life.world import World

_WRITES = frozenset({"create", "apply", "merge", "patch_status", "delete"})


class Killed(BaseException):
    """The operator is gone; nothing in it has a say."""


class MortalClient:
    """Passes on what the operator asks, and kills it right after one of its writes.

    What it remembers is lost, so that killing it before the next write would come to the same.
    """

    def __init__(self, served: Any) -> None:
        self._served = served
        self.left = -1
        """Writes until it is killed; a negative number is never reached."""
        self.killed = 0
        """How often it was."""

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._served, name)
        if name not in _WRITES:
            return method

        def write(*arguments: Any, **named: Any) -> Any:
            found = method(*arguments, **named)
            self.left -= 1
            if self.left == 0:
                self.killed += 1
                raise Killed
            return found

        return write


class MortalWorld(World):
    """A world whose operator is killed after its n-th write, and then started anew."""

    def __init__(self, nth: int, **named: Any) -> None:
        self.mortal: MortalClient | None = None
        self.nth = nth
        super().__init__(**named)

    def served(self) -> Any:
        if self.mortal is None:
            self.mortal = MortalClient(self.client)
            self.mortal.left = self.nth
        return self.mortal

    def settle(self, rounds: int = 12) -> None:
        """Reconcile until nothing is written any more, starting the operator anew when it was killed."""
        try:
            super().settle(rounds)
        except Killed:
            self.restart()
            self.settle(rounds)
