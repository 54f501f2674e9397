"""The data of a plan: which objects, in which partitions."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.sources.listing import list_objects
from model_monitor_analyzer.sources.partitions import plan_partitions
from model_monitor_analyzer.sources.source import Partition, Source
from model_monitor_analyzer.sources.source import Window as Span
from model_monitor_analyzer.stores.access import Access
from model_monitor_analyzer.stores.store import ObjectRef
from model_monitor_api.contract.plan import AnalysisPlan, InputData
from model_monitor_api.v1alpha1.columns import Columns
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
    plan: AnalysisPlan, window: Window | None, access: Access, *, columns: Columns | None = None
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
    columns
        What the columns mean, where more is known than the plan says.

    Raises
    ------
    ConfigurationError
        If the plan names no data.
    StorageError
        If the objects can't be listed.
    """
    if plan.data is None:
        raise ConfigurationError(f"{plan.subject.kind} {plan.subject.name}: the plan names no data to read")
    source = source_of(plan.data, columns or plan.columns)
    span = None if window is None else Span(window.start, window.end)
    return Input(source, span, tuple(list_objects(source, span, access)))


def source_of(data: InputData, columns: Columns) -> Source:
    """Return how the data of a plan are read."""
    files = data.files
    return Source(
        uri=files.uri,
        format=files.format,
        columns=columns,
        csv=files.csv,
        rows=files.rows,
        **({} if data.payload is None else {"payload": data.payload}),
        connection=files.connection,
    )
