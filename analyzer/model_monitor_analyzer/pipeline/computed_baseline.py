"""A data-quality baseline computed from data."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from model_monitor_analyzer.data_quality.document import to_statistics
from model_monitor_analyzer.data_quality.kinds import column_kinds
from model_monitor_analyzer.data_quality.profile import DatasetProfile
from model_monitor_analyzer.data_quality.suggest import suggest_constraints
from model_monitor_analyzer.data_quality.summarised import profile_summary
from model_monitor_analyzer.data_quality.thresholds import with_settings
from model_monitor_analyzer.errors import ConfigurationError, DataError, SchemaMismatchError
from model_monitor_analyzer.pipeline.beginning import begin
from model_monitor_analyzer.pipeline.columns import Analysed, declared_kinds
from model_monitor_analyzer.pipeline.context import Context
from model_monitor_analyzer.pipeline.data import Input
from model_monitor_analyzer.pipeline.frozen import FrozenColumns, sizes_of, summary_settings
from model_monitor_analyzer.pipeline.message import loss
from model_monitor_analyzer.pipeline.reference import COLUMNS, FOLDER, HOURS, SEGMENTS, SUMMARY
from model_monitor_analyzer.pipeline.segmenting import find_segments
from model_monitor_analyzer.pipeline.summarising import Task, summarise_partitions
from model_monitor_analyzer.sagemaker.constraints import Constraints
from model_monitor_analyzer.sources.problems import Problems
from model_monitor_api.contract.plan import AnalysisPlan
from model_monitor_api.layout import CONSTRAINTS, STATISTICS
from model_monitor_api.v1alpha1.analysis import DataQualityBaseline
from model_monitor_api.v1alpha1.columns import ColumnKind, Columns


class BaselineData(NamedTuple):
    """A data-quality baseline before it is written."""

    profile: DatasetProfile
    """What is known of the columns."""

    kinds: Mapping[str, ColumnKind]
    """Kind of each column."""

    constraints: Constraints
    """What is required of future data."""

    files: Mapping[str, bytes]
    """Files by path below the baseline's folder."""

    problems: Problems = Problems()
    """Records that could not be read."""

    filtered: int = 0
    """Records that the filter or the script left out."""

    failed: int = 0
    """Records of failed requests."""


def compute_baseline(plan: AnalysisPlan, found: Input, context: Context) -> BaselineData:
    """Summarise the data of a plan and suggest constraints.

    Raises
    ------
    DataError
        If there are no records.
    SchemaMismatchError
        If the data do not have the columns that are declared.
    ConfigurationError
        If a threshold is set of a feature that the data do not have.
    """
    columns = plan.columns
    analysed = Analysed.of(columns)
    kinds_said = declared_kinds(columns)
    partitions = found.partitions(context.access)
    wanted = plan.baseline.segments if plan.baseline else ()
    with begin(partitions, context.access, reads_on=context.pool.shares_memory) as beginning:
        names = beginning.names
        settings = summary_settings(kinds_said, None, physical=found.source.format == "Parquet").for_columns(
            len(analysed.select(names))
        )
        segments = find_segments(wanted, names, partitions, settings, context)
        values = {name: found.values for name, found in segments.items()}
        task = Task(context.access, analysed, settings, hourly=True, segments=values)
        data = summarise_partitions(partitions, task, context.pool, context.progress, beginning)
    summary = data.summary.total
    if summary.rows == 0:
        why = loss(data)
        raise DataError(
            f"'{found.source.uri}': there are no records to compute a baseline from"
            f"{': ' + why if why else '; check the location, the format and the time span'}"
        )
    profile = profile_summary(summary, analysed.outputs)
    _require(columns, analysed, [*profile.by_name, *names])
    declared = {name: kind for name, kind in kinds_said.items() if name in profile.by_name}
    kinds = column_kinds(profile, declared)
    constraints = write_settings(suggest_constraints(profile, kinds), plan)
    frozen = FrozenColumns(kinds=kinds, sizes=sizes_of(settings), segments=segments, strings=settings.strings)
    files = {
        STATISTICS: to_statistics(watched(profile, kinds)).to_json().encode(),
        CONSTRAINTS: constraints.to_json().encode(),
        COLUMNS: frozen.model_dump_json(by_alias=True, indent=2).encode(),
        SUMMARY: summary.to_bytes(),
    }
    if data.summary.hours:
        files[HOURS] = data.summary.to_bytes()
    if segments:
        files[SEGMENTS] = data.segments.to_bytes()
    named = {f"{FOLDER}/{name}": content for name, content in files.items()}
    return BaselineData(profile, kinds, constraints, named, data.problems, data.filtered, data.failed)


def _require(columns: Columns, analysed: Analysed, names: Sequence[str]) -> None:
    """Refuse data that lack a column of which something was declared."""
    declared = [
        *(("spec.columns.features", name) for name in columns.features or ()),
        *(("spec.columns.kinds", name) for name in columns.kinds if name not in analysed.left_out),
    ]
    for field, name in declared:
        if name not in names and name not in analysed.outputs:
            there = ", ".join(dict.fromkeys(names[:10]))
            raise SchemaMismatchError(
                f"{field}: the data have no column '{name}'; their columns are {there}"
                f"{', …' if len(set(names)) > 10 else ''}"
            )


def watched(profile: DatasetProfile, kinds: Mapping[str, ColumnKind]) -> DatasetProfile:
    """Return a profile without the columns that are to be ignored."""
    kept = tuple(feature for feature in profile.features if kinds.get(feature.name) != "Ignore")
    return DatasetProfile(profile.rows, kept)


def write_settings(constraints: Constraints, plan: AnalysisPlan) -> Constraints:
    """Write the thresholds of a Baseline's spec into its constraints.

    Raises
    ------
    ConfigurationError
        If one is set of a feature that is not there.
    """
    settings = (plan.baseline and plan.baseline.data_quality) or DataQualityBaseline()
    try:
        return with_settings(constraints, settings.constraints, settings.features)
    except ConfigurationError as error:
        raise ConfigurationError(f"spec.dataQuality.{error}") from error
