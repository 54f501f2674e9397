"""The data of a plan: which objects, in which partitions."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.scripts.script import Script
from model_monitor_analyzer.sources.listing import list_objects
from model_monitor_analyzer.sources.log_index import LogIndex
from model_monitor_analyzer.sources.partitions import plan_partitions
from model_monitor_analyzer.sources.source import Partition, Source
from model_monitor_analyzer.sources.source import Window as Span
from model_monitor_analyzer.stores.access import Access
from model_monitor_analyzer.stores.store import ObjectRef
from model_monitor_api.contract.plan import AnalysisPlan, PlannedScripts
from model_monitor_api.v1alpha1.dataset import Payload
from model_monitor_api.v1alpha1.monitoringexecution import Window


@dataclass(frozen=True)
class Input:
    """The objects that a run reads.

    Attributes
    ----------
    source
        How they are understood.
    window
        Stretch of time that is read; None for all.
    objects
        The objects, in the order of their URIs.
    """

    source: Source
    window: Span | None
    objects: tuple[ObjectRef, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over the identity of the objects: changes when one comes, goes, or is replaced."""
        lines = (f"{ref.uri}\0{ref.size}\0{ref.etag or ref.modified.isoformat()}\n" for ref in self.objects)
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def partitions(self, access: Access) -> Sequence[Partition]:
        """Return the parts in which the objects are read; they follow from the objects alone."""
        return plan_partitions(self.source, self.window, self.objects, access)


def find_input(
    plan: AnalysisPlan, window: Window | None, access: Access, *, features: Sequence[str] | None = None
) -> Input:
    """List the objects of a plan's data.

    Parameters
    ----------
    plan
        What is run.
    window
        Stretch of time to read; all where absent.
    access
        Credentials and mounts.
    features
        Features of the baseline, as names for requests that carry none.

    Raises
    ------
    ConfigurationError
        If the plan names no data.
    StorageError
        If the objects can't be listed.
    """
    data = plan.data
    if data is None:
        raise ConfigurationError(f"{plan.subject.kind} {plan.subject.name}: the plan names no data to read")
    source = Source(
        uri=data.files.uri,
        format=data.files.format,
        columns=plan.columns,
        csv=data.files.csv,
        rows=data.files.rows,
        payload=data.payload or Payload(),
        sides=tuple(data.sides),
        features=None if features is None else tuple(features),
        record_filter=plan.record_filter,
        preprocess=_preprocess(plan.scripts),
        connection=data.files.connection,
    )
    span = None if window is None else Span(window.start, window.end)
    return Input(source, span, list_objects(source, span, access, _index(plan, source, access)))


def _index(plan: AnalysisPlan, source: Source, access: Access) -> LogIndex | None:
    if source.format != "KServeLog":
        return None
    return LogIndex(plan.output, plan.subject.namespace, source.uri, access, lambda: datetime.now(UTC))


def _preprocess(scripts: PlannedScripts | None) -> Script | None:
    if scripts is None or scripts.preprocess is None:
        return None
    return Script(scripts.preprocess.name, scripts.preprocess.source, scripts.timeout_seconds)
