"""Settings of a sink, from the file that the operator writes."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from model_monitor_api.durations import parse_duration
from model_monitor_api.meta import ApiModel, Duration
from model_monitor_api.settings import read_settings
from model_monitor_api.v1alpha1.datacapture import CloudEventsSource, DataCaptureSpec

LONGEST_WINDOW: Final = timedelta(hours=1)
"""Longest `joinWindow`: what waits is in memory, and is lost with the process."""


class SinkSettings(ApiModel):
    """What one sink does, beside one shipper."""

    spec: DataCaptureSpec
    """The DataCapture's own spec. A change of it is taken up while the sink runs."""

    spool: Annotated[str, Field(min_length=1)]
    """Folder that `records.jsonl` is written in."""

    admin_socket: Annotated[str, Field(min_length=1)]
    """Unix socket by which the shipper asks for counts, and pauses capture."""

    listen_address: str = "0.0.0.0"  # noqa: S104 # loggers are in other pods
    """Where loggers connect."""

    listen_port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    """Port of it."""

    metrics_port: Annotated[int, Field(ge=0, le=65_535)] = 9091
    """Port of `/metrics`; none where 0."""

    waiting_bytes: Annotated[int, Field(ge=1_048_576)] = 268_435_456
    """Bytes of events that may wait for their other half; beyond, the oldest are stored alone."""

    linger: Duration = "5s"
    """How long events are still taken after SIGTERM, until no logger sends here any more."""

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        if self.spec.source.cloud_events is None:
            raise ValueError("spec.source must be cloudEvents")
        if self.window > LONGEST_WINDOW:
            raise ValueError(f"spec.source.cloudEvents.joinWindow must be at most {LONGEST_WINDOW}")
        return self

    @property
    def source(self) -> CloudEventsSource:
        """`spec.source.cloudEvents`, which is there."""
        return self.spec.source.cloud_events or CloudEventsSource()

    @property
    def window(self) -> timedelta:
        """`joinWindow` as a duration."""
        return parse_duration(self.source.join_window)

    @property
    def linger_seconds(self) -> float:
        """`linger` in seconds."""
        return parse_duration(self.linger).total_seconds()


def load_settings(path: Path) -> SinkSettings:
    """Return the settings of a YAML file.

    Raises
    ------
    SettingsError
        If it can't be read, or holds what is no setting.
    """
    return read_settings(path, SinkSettings)
