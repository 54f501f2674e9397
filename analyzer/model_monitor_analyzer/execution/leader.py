"""The leading pod of a run that is spread over the pods of one Job: scheduler and client in one process."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from model_monitor_analyzer.errors import ConfigurationError, WorkersLostError
from model_monitor_analyzer.execution.dask_cluster import (
    DISTRIBUTIONS,
    Cluster,
    load_distributed,
    mutual_tls,
    require_same_version,
    telling_losses,
)
from model_monitor_analyzer.execution.follower import release

FIRST_WORKER_SECONDS: Final = 600
"""How long to wait for the first worker: its image may have to be pulled, or a node to be added."""

NO_WORKER_SECONDS: Final = 300
"""How long work may wait for a worker once all are gone; a pod that was killed is replaced within that."""


@contextmanager
def lead(address: str, tls: Path, workers: int) -> Iterator[Cluster]:
    """Listen for workers and give them work, as soon as one is there; others may come and go.

    Work of a worker that is lost is done by another. Once the run has ended well, the workers are released;
    otherwise they wait for whoever leads next.

    Parameters
    ----------
    address
        Address by which workers find this pod; its port is listened on.
    tls
        Folder with `ca.crt`, `tls.crt` and `tls.key`.
    workers
        How many are expected.

    Raises
    ------
    ConfigurationError
        If a certificate is missing, the port can't be listened on, or a worker has other versions.
    WorkersLostError
        If no worker comes, or all are lost.
    """
    distributed = load_distributed()
    security = mutual_tls(tls)
    with distributed.dask.config.set({"distributed.scheduler.no-workers-timeout": f"{NO_WORKER_SECONDS}s"}):
        cluster = _listen(distributed, port_of(address), security)
    try:
        client = distributed.Client(cluster, set_as_default=False)
        try:
            threads = _await_first(client, address)
            for distribution in DISTRIBUTIONS:
                require_same_version(distribution, client.run(version, distribution, on_error="return"))
            with telling_losses(address):
                yield Cluster(client.get_executor(pure=False), workers * threads)
            client.run(release, on_error="ignore")
        finally:
            client.close()
    finally:
        cluster.close()


def port_of(address: str) -> int:
    """Return the port in an address such as `tls://mms-hourly-leader:8786`.

    Raises
    ------
    ConfigurationError
        If it is no such address.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        port = None
    if port is None or parts.scheme != "tls" or not parts.hostname:
        raise ConfigurationError(f"--leader: '{address}' must be an address such as tls://host:8786")
    return port


def _listen(distributed: Any, port: int, security: Any) -> Any:
    options = {"host": "", "protocol": "tls://", "port": port, "dashboard": False, "security": security}
    try:
        return distributed.SpecCluster(
            workers={},
            scheduler={"cls": distributed.Scheduler, "options": options},
            security=security,
            silence_logs=False,
        )
    except (OSError, RuntimeError) as error:
        raise ConfigurationError(f"--leader: port {port} can't be listened on") from error


def _await_first(client: Any, address: str) -> int:
    """Wait for a worker and return how many calls it runs at once."""
    try:
        client.wait_for_workers(1, timeout=FIRST_WORKER_SECONDS)
    except TimeoutError as error:
        raise WorkersLostError(
            f"no worker came to '{address}' within {FIRST_WORKER_SECONDS} s: check that their pods can be "
            "scheduled and may reach this one"
        ) from error
    return int(max(client.nthreads().values(), default=1))
