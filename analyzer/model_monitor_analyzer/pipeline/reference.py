"""The baseline that a window is compared with, read from its artifacts."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeVar

from model_monitor_analyzer.artifacts.manifest import Manifest
from model_monitor_analyzer.artifacts.result_store import DamagedResultError, ResultFolder
from model_monitor_analyzer.data_quality.adopted import adopt_statistics
from model_monitor_analyzer.data_quality.findings import Baseline
from model_monitor_analyzer.data_quality.profile import DatasetProfile, Role
from model_monitor_analyzer.data_quality.reference import Match
from model_monitor_analyzer.data_quality.summarised import profile_summary
from model_monitor_analyzer.data_quality.thresholds import with_settings
from model_monitor_analyzer.errors import BaselineChangedError, BaselineMissingError, ConfigurationError
from model_monitor_analyzer.pipeline.columns import Analysed
from model_monitor_analyzer.pipeline.frozen import FrozenColumns
from model_monitor_analyzer.pipeline.stretches import Stretches, matching_stretches
from model_monitor_analyzer.sagemaker.constraints import Constraints
from model_monitor_analyzer.sagemaker.statistics import Statistics
from model_monitor_analyzer.stores.access import Access, open_store
from model_monitor_analyzer.summaries import ChunkedSummary, DatasetSummary, SegmentSummaries
from model_monitor_api.contract.plan import BaselineLocation, ExecutionTask
from model_monitor_api.layout import ANALYSIS_FOLDERS, CONSTRAINTS, STATISTICS
from model_monitor_api.v1alpha1.columns import Columns
from model_monitor_api.v1alpha1.monitoringexecution import Window

FOLDER: Final = ANALYSIS_FOLDERS["DataQuality"]
SUMMARY: Final = "summary.bin"
HOURS: Final = "hours.bin"
SEGMENTS: Final = "segments.bin"
COLUMNS: Final = "columns.json"

Parsed = TypeVar("Parsed")


class Reference(NamedTuple):
    """What a window is compared with."""

    baseline: Baseline
    """Profile, kinds and constraints."""

    frozen: FrozenColumns
    """What the baseline fixes for every window."""

    segments: SegmentSummaries = SegmentSummaries()
    """Of the baseline's rows in each segment; nothing where none is asked for."""


def load_reference(execution: ExecutionTask, columns: Columns, window: Window, access: Access) -> Reference:
    """Read the data-quality baseline of a window, with the schedule's own thresholds written in.

    Parameters
    ----------
    execution
        Names the baseline, and what the schedule changes of it.
    columns
        What the columns mean.
    window
        Stretch of time that is analysed, where the baseline keeps hours apart.
    access
        Credentials and mounts.

    Raises
    ------
    BaselineMissingError
        If it was not computed, or not for data quality.
    BaselineChangedError
        If its files are not those that were computed.
    ConfigurationError
        If the schedule sets a threshold of a feature that the baseline does not have, or compares hours that
        the baseline does not keep apart.
    DataError
        If the baseline has none of the hours to compare with.
    """
    files = BaselineFiles(execution.baseline, access)
    frozen = files.parsed(COLUMNS, FrozenColumns.model_validate_json)
    constraints = files.parsed(CONSTRAINTS, lambda data: Constraints.from_json(data, CONSTRAINTS))
    try:
        constraints = with_settings(
            constraints, execution.data_quality.constraints, execution.data_quality.features
        )
    except ConfigurationError as error:
        raise ConfigurationError(f"spec.dataQuality.{error}") from error
    roles = Analysed.of(columns).outputs
    profile, floors = _stretches(files, execution.reference.match, window, frozen, roles)
    for column in execution.segments:
        if column not in frozen.segments:
            raise ConfigurationError(
                f"spec.segments: the Baseline has no segments of '{column}'; add it to `spec.segments` there"
            )
    segments = (
        files.parsed(SEGMENTS, SegmentSummaries.from_bytes) if execution.segments else SegmentSummaries()
    )
    return Reference(Baseline(profile, frozen.kinds, constraints, floors), frozen, segments)


def _stretches(
    files: "BaselineFiles", match: Match, window: Window, frozen: FrozenColumns, roles: Mapping[str, Role]
) -> Stretches:
    if files.has(HOURS):
        hourly = files.parsed(HOURS, ChunkedSummary.from_bytes)
        return matching_stretches(hourly, window, match, frozen.kinds, roles)
    if match != "All":
        raise ConfigurationError(
            f"spec.reference.match: {match} needs a baseline that keeps hours apart; this one has no times, "
            "or too many hours times columns"
        )
    if files.has(SUMMARY):
        return Stretches(profile_summary(files.parsed(SUMMARY, DatasetSummary.from_bytes), roles), {})
    if files.has(STATISTICS):
        adopted = files.parsed(
            STATISTICS, lambda data: adopt_statistics(Statistics.from_json(data, STATISTICS), STATISTICS)
        )
        return Stretches(adopted, {})
    return Stretches(DatasetProfile(0, ()), {})


class BaselineFiles:
    """The files of a baseline's data-quality part, each compared with the manifest as it is read."""

    def __init__(self, location: BaselineLocation, access: Access) -> None:
        self._name = f"Baseline {location.namespace}/{location.name}"
        self._uri = location.uri
        self._folder = ResultFolder(
            open_store(location.uri, location.output.connection, access), location.uri
        )
        self._manifest = self._read_manifest(location)

    def has(self, name: str) -> bool:
        """Return whether the baseline has a file."""
        return f"{FOLDER}/{name}" in self._manifest.by_name

    def parsed(self, name: str, parse: Callable[[bytes], Parsed]) -> Parsed:
        """Return what a file holds."""
        entry = self._manifest.by_name.get(f"{FOLDER}/{name}")
        if entry is None:
            raise BaselineMissingError(
                f"{self._name}: '{self._uri}' has no {FOLDER}/{name}; set dataQuality in its spec"
            )
        try:
            return parse(self._folder.read(entry))
        except (DamagedResultError, ValueError) as error:
            # What cannot be parsed although its digest fits was written by another version.
            raise BaselineChangedError(
                f"{self._name}: '{self._uri}/{entry.name}' is not what was computed; compute the Baseline "
                "again (settings belong into its spec, edited files into one that adopts them)"
            ) from error

    def _read_manifest(self, location: BaselineLocation) -> Manifest:
        try:
            manifest = self._folder.manifest()
        except DamagedResultError as error:
            raise BaselineChangedError(f"{self._name}: {error}") from error
        if manifest is None:
            raise BaselineMissingError(
                f"{self._name}: there is no complete result at '{self._uri}'; compute the Baseline first"
            )
        if manifest.plan_digest != location.digest:
            raise BaselineChangedError(
                f"{self._name}: '{self._uri}' was computed by other settings ({manifest.plan_digest}, not "
                f"{location.digest}); compute the Baseline again"
            )
        return manifest
