"""When a failed run is begun again by another Job."""

from datetime import timedelta
from typing import Final

from model_monitor_api.failures import Failure

NEXT_ATTEMPT: Final = "; the next attempt begins at "
"""What joins the reason of a failure and the time of the next attempt in a message."""

_MINUTE: Final = timedelta(minutes=1)

_EXECUTION_DELAYS: Final = (_MINUTE, 5 * _MINUTE, 15 * _MINUTE, 60 * _MINUTE)
"""Delays before the second and the following attempts of an execution."""

_BASELINE_PASSING: Final = (_MINUTE, 10 * _MINUTE)
_BASELINE_LASTING: Final = (10 * _MINUTE, 360 * _MINUTE)
"""First and longest delay before a Baseline is tried again."""

LOOK_AGAIN: Final = timedelta(seconds=15)
"""How often a Job that does not run yet is looked at."""

BLOCKED_DELAY: Final = _MINUTE
"""After so long a schedule is looked at again whose objects were refused, or their names taken."""

MOST_LOST_RESULTS: Final = 5
"""Attempts after which a result that never arrives is given up."""


def execution_delay(failure: Failure, attempts: int) -> timedelta | None:
    """Return how long an execution waits for its next attempt; None where there is none.

    Parameters
    ----------
    failure
        Why the last attempt failed.
    attempts
        Attempts that were begun, 1 or more.
    """
    if not failure.retryable or attempts > len(_EXECUTION_DELAYS):
        return None
    return _EXECUTION_DELAYS[attempts - 1]


def baseline_delay(failure: Failure, attempts: int) -> timedelta:
    """Return how long a Baseline waits for its next attempt.

    It is always tried again, since what was wrong may be mended without the object being touched: a bucket,
    a Secret, a quota.
    """
    first, longest = _BASELINE_PASSING if failure.retryable else _BASELINE_LASTING
    return min(longest, first * (1 << min(attempts - 1, 16)))
