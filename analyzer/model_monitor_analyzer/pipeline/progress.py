"""How a run says how far it has come; who shows it, and whether, is no concern of the run."""

from typing import Protocol


class Progress(Protocol):
    """Told of every run in turn."""

    def begin(self, *, partitions: int) -> None:
        """Begin to read so many partitions."""
        ...

    def advance(self, *, partitions: int, rows: int) -> None:
        """Note that so many more partitions and rows were read; may be called from any thread."""
        ...

    def end(self) -> None:
        """Note that reading has ended, in whichever way."""
        ...


class Silent:
    """Shows nothing."""

    def begin(self, *, partitions: int) -> None:
        """Show nothing."""

    def advance(self, *, partitions: int, rows: int) -> None:
        """Show nothing."""

    def end(self) -> None:
        """Show nothing."""
