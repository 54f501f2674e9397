"""A Dask cluster as an executor."""

from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

from model_monitor_analyzer.errors import ConfigurationError, WorkersLostError

DISTRIBUTIONS: Final = ("model-monitor", "numpy", "polars")
"""What must have the same version on every worker, or the same data might not give the same bytes."""

CONNECT_SECONDS: Final = 20


class Cluster(NamedTuple):
    """A cluster one is connected to."""

    executor: Executor
    """Runs calls on its workers."""

    workers: int
    """Calls that run at once."""


@contextmanager
def connect(address: str, tls: Path | None = None) -> Iterator[Cluster]:
    """Connect to a running scheduler.

    Parameters
    ----------
    address
        Its address.
    tls
        Folder with certificates for `tls://`; without one they come from Dask's own configuration.

    Raises
    ------
    ConfigurationError
        If the extra is not installed, a certificate is missing, the scheduler does not answer, or a worker
        has other versions.
    WorkersLostError
        If the scheduler or its workers are lost meanwhile.
    """
    distributed = load_distributed()
    security = None if tls is None else mutual_tls(tls)
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False, security=security)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(
            f"Dask scheduler '{address}': no connection within {CONNECT_SECONDS} s ({type(error).__name__}); "
            "check that it runs, that the address is right, and for tls:// Dask's certificates"
        ) from error
    try:
        workers = sum(client.nthreads().values())
        if workers == 0:
            raise ConfigurationError(f"Dask scheduler '{address}': it has no workers; start at least one")
        for distribution in DISTRIBUTIONS:
            require_same_version(distribution, client.run(version, distribution, on_error="return"))
        # Not pure: a result is wanted once, and hashing the arguments would only cost time.
        with telling_losses(address):
            yield Cluster(client.get_executor(pure=False), workers)
    finally:
        # Closing the connection releases everything this run still had under way.
        client.close()


def load_distributed() -> Any:  # the package has no published types
    """Return the package `distributed`.

    Raises
    ------
    ConfigurationError
        If the extra is not installed.
    """
    try:
        import distributed  # noqa: PLC0415 # the extra may be missing
    except ImportError as error:
        raise ConfigurationError(
            "the executor 'dask' needs the extra: install 'model-monitor[analyzer,dask]'"
        ) from error
    return distributed


def mutual_tls(folder: Path) -> Any:
    """Return Dask's settings for connections in which both ends show a certificate of the same authority.

    Parameters
    ----------
    folder
        Holds `ca.crt`, `tls.crt` and `tls.key`, as a Secret of the type `kubernetes.io/tls` does.

    Raises
    ------
    ConfigurationError
        If one of them is missing.
    """
    authority, certificate, key = (str(folder / name) for name in ("ca.crt", "tls.crt", "tls.key"))
    for path in (authority, certificate, key):
        if not Path(path).is_file():
            raise ConfigurationError(f"'{path}' is not there: the Secret needs ca.crt, tls.crt and tls.key")
    roles = {
        f"tls_{role}_{part}": path
        for role in ("client", "scheduler", "worker")
        for part, path in (("cert", certificate), ("key", key))
    }
    return load_distributed().Security(require_encryption=True, tls_ca_file=authority, **roles)


@contextmanager
def telling_losses(address: str) -> Iterator[None]:
    """Raise `WorkersLostError` for what Dask raises when workers, or the scheduler, are gone."""
    scheduler: Any = load_distributed().scheduler
    try:
        yield
    except scheduler.KilledWorker as error:
        raise WorkersLostError(
            f"Dask scheduler '{address}': workers that read one part of the data were killed one after the "
            "other, most likely because memory ran out; give them more"
        ) from error
    except (scheduler.NoWorkerError, scheduler.NoValidWorkerError) as error:
        raise WorkersLostError(
            f"Dask scheduler '{address}': all workers were lost and none came back"
        ) from error
    except CancelledError as error:
        raise WorkersLostError(f"Dask scheduler '{address}': the connection to it was lost") from error


def require_same_version(distribution: str, found: dict[str, str | Exception]) -> None:
    """Raise `ConfigurationError` if a worker has not the version of a distribution that this process has.

    Parameters
    ----------
    distribution
        Its name.
    found
        By worker: its version there, or why it is not known.
    """
    here = version(distribution)
    for worker, there in found.items():
        if there != here:
            has = f"{distribution} {there}" if isinstance(there, str) else f"no {distribution}"
            raise ConfigurationError(
                f"Dask worker '{worker}': it has {has}, this process has {here}; "
                "install the same versions everywhere"
            )
