"""Which segments there are: fixed by the baseline, so that every window is split in the same way."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from model_monitor_analyzer.data_quality.evaluate import Segment
from model_monitor_analyzer.data_quality.findings import Baseline
from model_monitor_analyzer.data_quality.profile import Role
from model_monitor_analyzer.data_quality.suggest import suggest_constraints
from model_monitor_analyzer.data_quality.summarised import profile_summary
from model_monitor_analyzer.data_quality.thresholds import with_settings
from model_monitor_analyzer.errors import SchemaMismatchError
from model_monitor_analyzer.pipeline.columns import Analysed
from model_monitor_analyzer.pipeline.context import Context
from model_monitor_analyzer.pipeline.frozen import FrozenColumns, FrozenSegments
from model_monitor_analyzer.pipeline.summarising import DataSummary, Task, summarise_partitions
from model_monitor_analyzer.sources.source import Partition
from model_monitor_analyzer.summaries import SegmentSummaries, SummarySettings
from model_monitor_api.contract.plan import ExecutionTask
from model_monitor_api.v1alpha1.analysis import DataQualityBaseline

MOST_VALUES: Final = 50
"""Values of one column that make a segment each, the most frequent ones of the baseline."""


def find_segments(
    columns: Sequence[str],
    names: Sequence[str],
    partitions: Sequence[Partition],
    settings: SummarySettings,
    context: Context,
) -> dict[str, FrozenSegments]:
    """Return the segments of a baseline's data: the most frequent values of each column.

    The data are read once more for it, before they are summarised.

    Parameters
    ----------
    columns
        Names of the columns.
    names
        Names of all columns of the data, as far as they are known; none where there are no data.
    partitions
        The data.
    settings
        How values are read.
    context
        Surroundings.

    Raises
    ------
    SchemaMismatchError
        If the data do not have one of the columns.
    """
    if not columns or not names:
        return {}
    for name in columns:
        if name not in names:
            raise SchemaMismatchError(f"spec.segments: the data have no column '{name}'")
    wanted = frozenset(columns)
    counting = replace(settings, categorical=wanted, text=frozenset(), ignored=frozenset())
    task = Task(context.access, Analysed(wanted, {}, frozenset()), counting, hourly=False)
    total = summarise_partitions(partitions, task, context.pool, context.progress).summary.total
    found: dict[str, FrozenSegments] = {}
    for name in columns:
        counts = total.columns[name].categories
        values = [*counts.as_dict()][:MOST_VALUES]
        distinct = len(counts) if counts.exact else int(total.columns[name].distinct_count)
        found[name] = FrozenSegments(values=values, distinct=max(distinct, len(values)))
    return found


def segments_of_window(
    task: ExecutionTask,
    reference: SegmentSummaries,
    window: SegmentSummaries,
    frozen: FrozenColumns,
    roles: Mapping[str, Role],
) -> Iterator[Segment]:
    """Yield the segments that both the baseline and the window have, with what each is compared with.

    A segment's constraints are those that its own rows of the baseline suggest, under the thresholds that
    Baseline and schedule set for all.
    """
    computed = task.computed.data_quality or DataQualityBaseline()
    for (column, value), current in window.segments.items():
        if column not in task.segments or (summary := reference.segments.get((column, value))) is None:
            continue
        profile = profile_summary(summary, roles)
        constraints = suggest_constraints(profile, frozen.kinds)
        for settings in (computed, task.data_quality):
            constraints = with_settings(constraints, settings.constraints, settings.features)
        baseline = Baseline(profile, frozen.kinds, constraints)
        yield Segment(f"{column}={value}", baseline, profile_summary(current, roles))


def left_out(asked: Sequence[str], frozen: FrozenColumns, data: DataSummary) -> Iterator[tuple[str, str]]:
    """Yield what is in no segment, by column: how many values of the baseline, and how many records."""
    rows = data.summary.total.rows
    for column in asked:
        known = frozen.segments[column]
        inside = sum(part.rows for (name, _), part in data.segments.segments.items() if name == column)
        values, records = known.distinct - len(known.values), rows - inside
        if values or records:
            told = f"{records:,} records have a value that makes no segment, or none"
            rest = f"{values:,} values of the baseline are beyond the {len(known.values):,} most frequent"
            yield f"{column} (segments)", f"{told}; {rest}" if values else told
