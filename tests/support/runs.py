"""Plans from manifests, and runs of them within this process."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from model_monitor_analyzer.cli.loading import load_manifests
from model_monitor_analyzer.cli.planning import plan_all
from model_monitor_analyzer.execution.pools import ExecutorChoice, open_pool
from model_monitor_analyzer.pipeline.baseline import run_baseline
from model_monitor_analyzer.pipeline.context import Context
from model_monitor_analyzer.pipeline.execution import run_execution
from model_monitor_analyzer.pipeline.progress import Silent
from model_monitor_analyzer.stores import Access
from model_monitor_api.contract.plan import AnalysisPlan
from model_monitor_api.contract.report import AnalysisReport, FeatureReport
from model_monitor_api.v1alpha1.monitoringexecution import Window
from tests.support.project import Manifest, Project, baseline, capture, schedule

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


def report_of(
    project: Project,
    surroundings: Context,
    window: Window,
    *,
    of_baseline: Mapping[str, Any] | None = None,
    of_capture: Mapping[str, Any] | None = None,
    of_schedule: Mapping[str, Any] | None = None,
    reference: Manifest | None = None,
) -> AnalysisReport:
    """Run the Baseline and one window; return the window's report."""
    manifests = project.write_manifests(
        reference or baseline("file://./train.csv", **(of_baseline or {})),
        capture("file://./capture/", **(of_capture or {})),
        schedule(**(of_schedule or {})),
    )
    plan, windows = plans_of(manifests)
    assert windows is not None
    run_baseline(plan, surroundings)
    return run_execution(windows, window, surroundings).report


def features(report: AnalysisReport) -> dict[str, FeatureReport]:
    """Return what a report tells of each feature."""
    assert report.data_quality is not None
    return {feature.name: feature for feature in report.data_quality.features}
