"""The part of a baseline made of traffic that a window is compared with, and how far its stretches differ."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from model_monitor_analyzer.data_quality.profile import DatasetProfile, Role
from model_monitor_analyzer.data_quality.reference import Match, matching_blocks, reference_floors
from model_monitor_analyzer.data_quality.summarised import profile_summary
from model_monitor_analyzer.errors import DataError
from model_monitor_analyzer.summaries import ChunkedSummary, DatasetSummary, merge_tree
from model_monitor_api.v1alpha1.columns import ColumnKind
from model_monitor_api.v1alpha1.monitoringexecution import Window


class Stretches(NamedTuple):
    """What a window is compared with."""

    profile: DatasetProfile
    """Of all stretches together."""

    floors: Mapping[str, float]
    """Distance by column that the stretches keep from one another."""


def matching_stretches(
    hourly: ChunkedSummary,
    window: Window,
    match: Match,
    kinds: Mapping[str, ColumnKind],
    roles: Mapping[str, Role],
) -> Stretches:
    """Return the stretches of a baseline that are like a window.

    Parameters
    ----------
    hourly
        Summary of the baseline and of each of its hours.
    window
        Stretch of time that is analysed.
    match
        Whether all hours count, or only the window's hours of the day or of the week.
    kinds, roles
        By column.

    Raises
    ------
    DataError
        If only some hours count, and the baseline has none of them.
    """
    hours = list(hourly.hours)
    blocks = [
        [hours[position] for position in block]
        for block in matching_blocks(hours, window.start, window.end, match)
    ]
    if not blocks and match != "All":
        raise DataError(
            f"spec.reference.match: the baseline has no traffic of the hours that {match} compares with, for "
            f"a window that begins at {window.start:%A %H:%M} UTC; make it from a longer stretch"
        )
    stretches = [_profile(hourly, block, roles) for block in blocks]
    # The summary of everything is more accurate than its hours added up.
    everything = match == "All" or not blocks
    whole = (
        profile_summary(hourly.total, roles)
        if everything
        else _profile(hourly, [hour for block in blocks for hour in block], roles)
    )
    # One stretch alone says nothing of how stretches differ.
    floors = reference_floors(kinds, whole, stretches) if len(stretches) > 1 else {}
    return Stretches(whole, floors)


def _profile(hourly: ChunkedSummary, hours: list[datetime], roles: Mapping[str, Role]) -> DatasetProfile:
    merged = merge_tree(hourly.hours[hour] for hour in hours) or DatasetSummary(0, {})
    return profile_summary(merged, roles)
