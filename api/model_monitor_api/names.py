"""Names of the objects that a schedule leads to, within Kubernetes' limits.

A CronJob's controller names each Job after the minute it was due: the CronJob's name, a hyphen, and the fire
time in minutes since 1970. An execution of a scheduled window is named in the same way. So a name tells which
window it is about, and creating the same window twice fails on the name.
"""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Final

LABEL_VALUE_LIMIT: Final = 63
"""Characters of a label value, hence of a Job's name: its pods carry it as a label."""
CRON_JOB_NAME_LIMIT: Final = 52
"""Characters of a CronJob's name: its Jobs' names add a hyphen and up to ten digits."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE: Final = timedelta(minutes=1)
_DIGEST_LENGTH: Final = 10
_SCHEDULED: Final = re.compile(r"(?P<stem>.+)-(?P<minute>[1-9][0-9]{0,9}|0)")


def bounded_name(name: str, limit: int = LABEL_VALUE_LIMIT) -> str:
    """Return the name itself, or if it is longer than the limit, its beginning with a digest of the whole.

    Two long names that begin alike stay two names: the digest has 40 bits.
    """
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST_LENGTH]
    return f"{name[: limit - _DIGEST_LENGTH - 1].rstrip('-.')}-{digest}"


def scheduled_name(stem: str, fire: datetime) -> str:
    """Return the name for the fire time of a schedule, as the CronJob controller names its Jobs.

    Parameters
    ----------
    stem
        The CronJob's name, or the schedule's for an execution.
    fire
        The fire time; schedules fire at whole minutes.
    """
    return f"{stem}-{(fire - _EPOCH) // _MINUTE}"


def fire_of(name: str, stem: str) -> datetime | None:
    """Return the fire time that a name made by `scheduled_name` carries; None for a name of another kind.

    A Job that a person made by ``kubectl create job --from`` usually has such another name.
    """
    found = _SCHEDULED.fullmatch(name)
    if found is None or found["stem"] != stem:
        return None
    try:
        return _EPOCH + int(found["minute"]) * _MINUTE
    except OverflowError:  # ten digits reach beyond Python's calendar; no Job was due then
        return None
