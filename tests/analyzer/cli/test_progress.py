import io
import re

import pytest
from rich.console import Console

from model_monitor_analyzer.cli.progress import LiveProgress
from model_monitor_analyzer.execution.pools import ExecutorChoice
from model_monitor_analyzer.pipeline.baseline import run_baseline
from model_monitor_analyzer.pipeline.context import Context
from tests.support.project import Project
from tests.support.runs import context, plans_of


class Noted:
    """Notes what a run tells of itself."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.partitions = 0
        self.rows = 0
        self.ended = 0

    def begin(self, *, partitions: int) -> None:
        self.begun.append(partitions)

    def advance(self, *, partitions: int, rows: int) -> None:
        self.partitions += partitions
        self.rows += rows

    def end(self) -> None:
        self.ended += 1


def test_every_executor_tells_the_same_in_the_end(project: Project) -> None:
    for kind in ("threads", "processes"):
        noted = Noted()
        plan, _ = plans_of(project.folder / "manifests.yaml", project.folder / kind)
        with context(ExecutorChoice(kind, 1)) as given:
            run_baseline(
                plan,
                Context(given.access, given.pool, noted, given.clock, given.version, given.reuses),
            )
        assert (noted.begun, noted.partitions, noted.rows, noted.ended) == ([1], 1, 400, 1)


def test_the_line_shows_how_far_a_run_has_come_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    screen = io.StringIO()
    progress = LiveProgress(Console(file=screen, force_terminal=True, width=80), "a\x1b[31mname")
    progress.begin(partitions=4)
    progress.advance(partitions=1, rows=1_234_567)
    progress._bars.refresh()
    shown = screen.getvalue()
    assert r"a\x1b[31mname" in shown
    assert "1/4" in shown
    assert "1,234,567 rows" in shown
    progress.end()
    assert re.search(r"\x1b\[2K", screen.getvalue())
    progress.begin(partitions=2)
    progress.end()
