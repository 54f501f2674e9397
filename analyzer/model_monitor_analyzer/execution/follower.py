"""A worker pod of a run that is spread over the pods of one Job."""

import asyncio
import logging
import tempfile
from pathlib import Path
from typing import Any, Final

from model_monitor_analyzer.execution.dask_cluster import load_distributed, mutual_tls

_PAUSE_SECONDS: Final = 5

_LOOKING: Final = "5s"
"""How long one attempt to find the leader goes on, and so about how late one that is there is found."""

_LOG = logging.getLogger(__name__)


def follow(address: str, tls: Path, threads: int) -> None:
    """Work for the leader at an address until it says that the run has ended well.

    A leader that is not there yet, or not any more, is waited for: the Job replaces one that failed.

    Parameters
    ----------
    address
        Address of the leader, such as `tls://mms-hourly-leader:8786`.
    tls
        Folder with `ca.crt`, `tls.crt` and `tls.key`.
    threads
        Calls that are run at once.

    Raises
    ------
    ConfigurationError
        If the extra `dask` is not installed, or a certificate is missing.
    """
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_follow(address, tls, threads, folder))


def release(dask_worker: Any) -> None:
    """Tell a worker that the run has ended well; called in its process by the leader."""
    dask_worker.released = True


async def _follow(address: str, tls: Path, threads: int, folder: str) -> None:
    distributed = load_distributed()
    while True:
        _LOG.info("looking for the leader at %s", address)
        worker = distributed.Worker(
            address,
            security=mutual_tls(tls),
            nthreads=threads,
            local_directory=folder,
            dashboard=False,
            # The pod's own limit rules: a worker that pauses itself near it would never go on.
            memory_limit=0,
        )
        worker.released = False
        try:
            # Dask tries again later and later until this time is over, and then begins anew.
            with distributed.dask.config.set({"distributed.comm.timeouts.connect": _LOOKING}):
                await worker
        except RuntimeError as error:
            _LOG.warning("the leader did not accept this worker: %s", error.__cause__ or error)
            await asyncio.sleep(_PAUSE_SECONDS)
            continue
        _LOG.info("working for the leader at %s", address)
        await worker.finished()
        if worker.released:
            _LOG.info("released by the leader")
            return
