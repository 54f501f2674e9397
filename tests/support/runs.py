"""Plans from manifests, and runs of them within this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from model_monitor_analyzer.cli.loading import load_manifests
from model_monitor_analyzer.cli.planning import plan_all
from model_monitor_analyzer.execution.pools import ExecutorChoice, open_pool
from model_monitor_analyzer.pipeline.context import Context
from model_monitor_analyzer.pipeline.progress import Silent
from model_monitor_analyzer.stores import Access
from model_monitor_api.contract.plan import AnalysisPlan
from model_monitor_api.v1alpha1.monitoringexecution import Window

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE_THREAD = ExecutorChoice("threads", 1)


def plans_of(manifests: Path, output: Path | None = None) -> tuple[AnalysisPlan, AnalysisPlan | None]:
    """Return the plan of the Baseline in a file, and of its MonitoringSchedule if there is one."""
    plans = plan_all(load_manifests([manifests], output))
    assert plans.problems == ()
    (baseline,) = plans.baselines
    return baseline, plans.schedules[0].plan if plans.schedules else None


@contextmanager
def context(choice: ExecutorChoice = ONE_THREAD, *, access: Access | None = None) -> Iterator[Context]:
    """Open what a run needs; its clock stands still."""
    with open_pool(choice) as pool:
        yield Context(
            access=access or Access(),
            pool=pool,
            progress=Silent(),
            clock=lambda: NOW,
            version="0",
            reuses=True,
        )


def hour(number: int) -> Window:
    """Return an hour of 2026-03-01."""
    return Window(
        start=datetime(2026, 3, 1, number, tzinfo=UTC), end=datetime(2026, 3, 1, number + 1, tzinfo=UTC)
    )
