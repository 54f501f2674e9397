"""How many false alarms a schedule leads to while nothing changes."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from model_monitor_analyzer.pipeline.timing import timing_of
from model_monitor_api.contract.plan import AnalysisPlan
from model_monitor_api.v1alpha1.monitoringschedule import Alert

PERIOD: Final = timedelta(days=30)


@dataclass(frozen=True)
class FalseAlarms:
    """What to expect in 30 days in which nothing changes.

    Attributes
    ----------
    windows
        Windows that are run.
    violations
        Most windows that are expected to end with a violation; None where no rule bounds it.
    alerts
        Most windows that are expected to end in alert, n of the last m having violations; None likewise.
    """

    windows: int
    violations: float | None
    alerts: float | None


def expected_false_alarms(plan: AnalysisPlan, alert: Alert, since: datetime) -> FalseAlarms:
    """Return what to expect of a schedule in the 30 days from a time on.

    Under `Calibrated` the Benjamini-Hochberg procedure runs over all tests of a window. While all its
    hypotheses are true every rejection is a false discovery, so the rate q bounds the probability of any
    (Benjamini and Hochberg 1995, section 2.1). Alerts take windows to be independent; windows of data that
    depend on one another come in runs, and lead to more. SageMaker's rules bound neither.
    """
    execution = plan.execution
    if execution is None:
        raise ValueError("only the plan of a schedule has windows")
    timing = timing_of(execution.windowing)
    windows = sum(1 for _ in timing.schedule.fires_between(since, since + PERIOD, timing.zone))
    if execution.decision == "Compatible":
        return FalseAlarms(windows, None, None)
    rate = execution.false_discovery_rate
    in_alert = at_least(alert.datapoints_to_alert, alert.evaluation_periods, rate)
    return FalseAlarms(windows, windows * rate, windows * in_alert)


def at_least(successes: int, trials: int, probability: float) -> float:
    """Return the probability of so many successes or more in independent trials."""
    return math.fsum(
        math.comb(trials, k) * probability**k * (1 - probability) ** (trials - k)
        for k in range(successes, trials + 1)
    )
