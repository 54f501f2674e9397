"""Settings of a shipper, from the file that the operator writes."""

import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from model_monitor_api.durations import parse_duration
from model_monitor_api.layout import capture_prefix
from model_monitor_api.meta import ApiModel, Duration, Name
from model_monitor_api.settings import SettingsError, read_settings
from model_monitor_api.v1alpha1.datacapture import ContentTypes, Privacy
from model_monitor_api.v1alpha1.dataset import Payload
from model_monitor_api.v1alpha1.storage import Output


class ShipperSettings(ApiModel):
    """What one shipper does, beside one Envoy."""

    instance: Name = Field(default_factory=lambda: socket.gethostname().lower())
    """Who it is: accounts of hours are kept by it. The host's name where absent; a pod's is its own."""

    capture: Name
    """Name of the DataCapture, a part of the layout."""

    variant: Annotated[str, Field(min_length=1, max_length=63)] = "AllTraffic"
    """Variant, the next part of the layout."""

    storage: Output
    """Where records are written, with its connection and encryption."""

    secrets: str | None = None
    """Folder in which the connection's Secret is mounted, in a folder of its name. Without it the environment
    holds the credentials."""

    mounts: dict[str, str] = Field(default_factory=dict)
    """Where volume claims are mounted, by name: for `pvc://` locations."""

    spool: Annotated[str, Field(min_length=1)]
    """Folder that Envoy writes `records.jsonl` in; the shipper keeps its own state there too."""

    spool_bytes: Annotated[int, Field(ge=1_048_576)] = 1_073_741_824
    """Budget of the spool; capture pauses above three quarters of it."""

    admin_socket: Annotated[str, Field(min_length=1)]
    """Unix socket of Envoy's administration."""

    flush_interval: Duration = "60s"
    """How long records may wait before they are uploaded."""

    grace_period: Duration = "25s"
    """Time from SIGTERM until the shipper must have ended; shorter than the pod's."""

    max_body_bytes: Annotated[int, Field(ge=0)] = 1_048_576
    """Bytes to which a compressed body is unpacked at most."""

    content_types: ContentTypes = ContentTypes()
    """How the encoding of an unpacked body is chosen."""

    payload: Payload = Payload()
    """How bodies become rows: names and delimiters, by which fields of CSV are found for `privacy`."""

    privacy: Privacy | None = None
    """What must not reach the store as it is."""

    hash_key_file: str | None = None
    """File with the key by which fields are hashed."""

    metrics_port: Annotated[int, Field(ge=0, le=65_535)] = 9090
    """Port of `/metrics` and of what else the shipper tells; none where 0."""

    @model_validator(mode="after")
    def _key_is_there(self) -> Self:
        hashes = self.privacy is not None and any(rule.action == "Hash" for rule in self.privacy.rules)
        if hashes and self.hash_key_file is None:
            raise ValueError("hashKeyFile must be set where a rule of `privacy` hashes")
        return self

    @property
    def prefix(self) -> str:
        """Location below which the folders of hours lie, ended by a slash."""
        return capture_prefix(self.storage.uri, self.capture, self.variant)

    @property
    def interval(self) -> timedelta:
        """`flush_interval` as a duration."""
        return parse_duration(self.flush_interval)

    @property
    def grace(self) -> timedelta:
        """`grace_period` as a duration."""
        return parse_duration(self.grace_period)


def load_settings(path: Path) -> ShipperSettings:
    """Return the settings of a YAML file.

    Raises
    ------
    SettingsError
        If it can't be read, or holds what is no setting.
    """
    return read_settings(path, ShipperSettings)


class SettingsFile:
    """The settings of a file that may be replaced while a shipper runs, as that of a mounted ConfigMap is.

    Parameters
    ----------
    path
        The file.
    tell
        Takes one line for the log.

    Raises
    ------
    SettingsError
        If it can't be read at first.
    """

    def __init__(self, path: Path, tell: Callable[[str], None]) -> None:
        self._path = path
        self._tell = tell
        self._seen = self._version()
        self.current = load_settings(path)
        """The settings that were read last and could be."""

    def refreshed(self) -> ShipperSettings:
        """Return the current settings, read anew if the file was replaced; bad ones change nothing."""
        version = self._version()
        if version != self._seen:
            self._seen = version
            try:
                self.current = load_settings(self._path)
            except SettingsError as error:
                self._tell(f"the settings stay as they are: {error}")
        return self.current

    def _version(self) -> tuple[int, int] | None:
        try:
            state = self._path.stat()
        except OSError:  # it is being replaced
            return None
        return state.st_ino, state.st_mtime_ns
