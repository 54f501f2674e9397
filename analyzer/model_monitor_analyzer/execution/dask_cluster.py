"""A Dask cluster as an executor; the only module that needs the extra `dask`."""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, Final, NamedTuple

from model_monitor_analyzer.errors import ConfigurationError

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
def connect(address: str) -> Iterator[Cluster]:
    """Connect to a running scheduler; certificates for `tls://` come from Dask's own configuration.

    Raises
    ------
    ConfigurationError
        If the extra is not installed, the scheduler does not answer, or a worker has other versions.
    """
    try:
        import distributed  # noqa: PLC0415 # the extra may be missing
    except ImportError as error:
        raise ConfigurationError(
            "the executor 'dask' needs the extra: install 'model-monitor[analyzer,dask]'"
        ) from error
    try:
        client_type: Any = distributed.Client
        client = client_type(address, timeout=CONNECT_SECONDS, set_as_default=False)
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
        yield Cluster(client.get_executor(pure=False), workers)
    finally:
        # Closing the connection releases everything this run still had under way.
        client.close()


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
