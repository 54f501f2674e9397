"""A data-quality baseline taken over from SageMaker's files."""

import hashlib
from typing import NamedTuple

from model_monitor_analyzer.data_quality.adopted import adopt_statistics
from model_monitor_analyzer.data_quality.kinds import column_kinds
from model_monitor_analyzer.data_quality.profile import DatasetProfile
from model_monitor_analyzer.data_quality.suggest import suggest_constraints
from model_monitor_analyzer.errors import ConfigurationError, DataError
from model_monitor_analyzer.pipeline.columns import declared_kinds
from model_monitor_analyzer.pipeline.computed_baseline import BaselineData, write_settings
from model_monitor_analyzer.pipeline.frozen import FrozenColumns, sizes_of
from model_monitor_analyzer.pipeline.reference import COLUMNS, FOLDER
from model_monitor_analyzer.sagemaker.constraints import Constraints
from model_monitor_analyzer.sagemaker.document import DocumentError
from model_monitor_analyzer.sagemaker.statistics import Statistics
from model_monitor_analyzer.stores.access import Access, open_store
from model_monitor_analyzer.summaries import SummarySettings
from model_monitor_api.contract.plan import AnalysisPlan
from model_monitor_api.layout import CONSTRAINTS, STATISTICS
from model_monitor_api.v1alpha1.baseline import Adopt
from model_monitor_api.v1alpha1.columns import ColumnKind

_MAX_BYTES = 1 << 30


class AdoptedFiles(NamedTuple):
    """SageMaker's files as they were found."""

    statistics: bytes | None
    """`statistics.json`, where it is adopted."""

    constraints: bytes | None
    """`constraints.json`, where it is adopted."""

    @property
    def present(self) -> list[bytes]:
        """Those that are adopted."""
        return [part for part in self if part is not None]

    @property
    def digest(self) -> str:
        """SHA-256 over both."""
        parts = (hashlib.sha256(part or b"").digest() for part in self)
        return hashlib.sha256(b"".join(parts)).hexdigest()


def fetch(adopt: Adopt, access: Access) -> AdoptedFiles:
    """Read the files that are adopted.

    Raises
    ------
    StorageError
        If one of them can't be read.
    """

    def content(uri: str | None) -> bytes | None:
        return (
            None if uri is None else open_store(uri, adopt.connection, access).get(uri, max_bytes=_MAX_BYTES)
        )

    return AdoptedFiles(content(adopt.statistics), content(adopt.constraints))


def adopt_baseline(plan: AnalysisPlan, files: AdoptedFiles, adopt: Adopt) -> BaselineData:
    """Take over SageMaker's statistics and constraints; without the latter, suggest some from the former.

    Raises
    ------
    DataError
        If a file is not in SageMaker's form.
    ConfigurationError
        If something is declared of a column that the statistics do not have, or there is nothing to adopt.
    """
    if files.statistics is None and files.constraints is None:
        raise ConfigurationError("spec.adopt: name statistics or constraints of a data-quality baseline")
    try:
        profile = DatasetProfile(0, ())
        if files.statistics is not None:
            name = str(adopt.statistics)
            profile = adopt_statistics(Statistics.from_json(files.statistics, name), name)
        constraints = (
            None
            if files.constraints is None
            else Constraints.from_json(files.constraints, str(adopt.constraints))
        )
    except DocumentError as error:
        raise DataError(str(error)) from error
    declared: dict[str, ColumnKind] = {}
    if files.statistics is not None:
        # A prediction that the files lack is no mistake; a kind of a column that they lack is one.
        kinds_said = declared_kinds(plan.columns).items()
        declared = {n: kind for n, kind in kinds_said if n in profile.by_name or n in plan.columns.kinds}
    kinds = column_kinds(profile, declared)
    constraints = write_settings(constraints or suggest_constraints(profile, kinds), plan)
    frozen = FrozenColumns(
        kinds=kinds, sizes=sizes_of(SummarySettings().for_columns(len(constraints.features)))
    )
    written = {
        CONSTRAINTS: constraints.to_json().encode(),
        COLUMNS: frozen.model_dump_json(by_alias=True, indent=2).encode(),
    }
    if files.statistics is not None:
        written[STATISTICS] = files.statistics
    return BaselineData(
        profile, kinds, constraints, {f"{FOLDER}/{name}": content for name, content in written.items()}
    )
