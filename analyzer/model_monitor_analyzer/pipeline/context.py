"""What a run is given besides its plan."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from model_monitor_analyzer.execution.pools import Pool
from model_monitor_analyzer.pipeline.progress import Progress
from model_monitor_analyzer.stores.access import Access


@dataclass(frozen=True)
class Context:
    """Surroundings of a run: nothing of them changes its results.

    Attributes
    ----------
    access
        Credentials and mounts.
    pool
        Where partitions are summarised.
    progress
        Told how far the run has come.
    clock
        Tells the time; asked once, at the end of a run.
    version
        Version of this software.
    reuses
        Whether a result that the same run left from the same input objects is taken instead of computing it
        again.
    """

    access: Access
    pool: Pool
    progress: Progress
    clock: Callable[[], datetime]
    version: str
    reuses: bool
