"""When a schedule fires and which windows follow from it, as a plan and a status hold it."""

from model_monitor_api.meta import ApiModel, Duration, Moment


class Resumption(ApiModel):
    """Where tiling goes on after a change of the schedule, its zone, or the window's length or delay."""

    since: Moment
    """When the settings of now came into force."""

    last_end: Moment
    """End of the last window under the settings before."""


class PlannedWindowing(ApiModel):
    """From what a run's window follows when it is given a fire time."""

    schedule: str
    """Cron expression."""

    time_zone: str
    """IANA name of its time zone."""

    length: Duration | None = None
    """Length of a window; tiling where absent."""

    delay: Duration
    """How long a window waits for its last records."""

    resumption: Resumption | None = None
    """Where tiling goes on after the last change of these settings; absent if they never changed."""
