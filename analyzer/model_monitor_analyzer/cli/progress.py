"""A live line on the terminal while data is read."""

import threading

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from model_monitor_api.printable import cut_middle, printable


class LiveProgress:
    """Shows the run that reads at the moment; nothing of it stays on the screen.

    Parameters
    ----------
    console
        A terminal.
    name
        What is run, for the beginning of the line.
    """

    def __init__(self, console: Console, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rows]:>13,} rows", markup=False),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            expand=True,
        )
        self._task: TaskID | None = None
        self._rows = 0

    def begin(self, *, partitions: int) -> None:
        """Show a new line."""
        self._rows = 0
        self._bars.start()
        self._task = self._bars.add_task(cut_middle(printable(self._name), 24), total=partitions, rows=0)

    def advance(self, *, partitions: int, rows: int) -> None:
        """Move the bar on."""
        with self._lock:
            self._rows += rows
            if self._task is not None:
                self._bars.update(self._task, advance=partitions, rows=self._rows)

    def end(self) -> None:
        """Take the line away."""
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None
        self._bars.stop()
