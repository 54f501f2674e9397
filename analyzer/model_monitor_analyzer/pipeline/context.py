"""What a run is given besides its plan."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

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
    reuse
        When a result that is there already is taken instead of computing it: if the same run wrote it (the
        retry of a Job), or only if its input objects are the same too (a person who runs the manifests
        again).
    """

    access: Access
    pool: Pool
    progress: Progress
    clock: Callable[[], datetime]
    version: str
    reuse: Literal["SameRun", "SameInputs"]
