"""The executors a run may use, opened and closed as one thing."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from model_monitor_analyzer.execution.cpus import available_cpus
from model_monitor_analyzer.execution.logs import log_level, log_to_standard_error
from model_monitor_analyzer.execution.stopping import watch
from model_monitor_analyzer.startup import keep_memory

ExecutorKind = Literal["threads", "processes", "dask", "pods"]


class ExecutorChoice(NamedTuple):
    """Where partitions are summarised."""

    kind: ExecutorKind = "threads"
    """Threads of this process, processes of this machine, the workers of a Dask cluster, or the other pods of
    this Job."""

    workers: int | None = None
    """How many; as many as there are processors where absent. A Dask cluster has its own number."""

    dask_address: str | None = None
    """Address of the Dask scheduler, such as `tcp://127.0.0.1:8786`; for `pods` the one to listen on."""

    tls: Path | None = None
    """Folder with `ca.crt`, `tls.crt` and `tls.key` for an address that begins with `tls://`."""


class Pool(NamedTuple):
    """An open executor."""

    executor: Executor
    """Runs calls."""

    ahead: int
    """Calls to keep under way: enough that no worker waits, few enough to bound memory."""

    shares_memory: bool
    """Whether calls run in this process, so that they may be given what cannot be sent."""

    shares_files: bool = True
    """Whether calls find the files that are mounted here, such as Secrets."""


@contextmanager
def open_pool(choice: ExecutorChoice) -> Iterator[Pool]:
    """Open the executor that was chosen; leaving by an exception abandons all work under way.

    Raises
    ------
    ValueError
        If `dask` is chosen without an address.
    AnalyzerError
        If a Dask cluster cannot be used.
    """
    workers = choice.workers or available_cpus()
    match choice.kind:
        case "threads":
            with _threads(workers) as executor:
                yield Pool(executor, ahead=2 * workers, shares_memory=True)
        case "processes":
            with _processes(workers) as executor:
                yield Pool(executor, ahead=2 * workers, shares_memory=False)
        case "dask":
            if choice.dask_address is None:
                raise ValueError("a Dask cluster needs the address of its scheduler")
            # The extra `dask` need not be installed for anything else.
            from model_monitor_analyzer.execution.dask_cluster import connect  # noqa: PLC0415

            with connect(choice.dask_address, choice.tls) as cluster:
                yield Pool(
                    cluster.executor, ahead=2 * cluster.workers, shares_memory=False, shares_files=False
                )
        case "pods":
            if choice.dask_address is None or choice.tls is None:
                raise ValueError("the leader of several pods needs an address and certificates")
            from model_monitor_analyzer.execution.leader import lead  # noqa: PLC0415

            with lead(choice.dask_address, choice.tls, workers) as cluster:
                yield Pool(cluster.executor, ahead=2 * cluster.workers, shares_memory=False)


@contextmanager
def _threads(workers: int) -> Iterator[Executor]:
    flag = threading.Event()
    executor = ThreadPoolExecutor(
        workers, thread_name_prefix="summarise", initializer=watch, initargs=(flag,)
    )
    try:
        yield executor
    except BaseException:
        flag.set()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _processes(workers: int) -> Iterator[Executor]:
    # Spawned, since forking a process whose Polars threads hold locks may hang its child.
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin_worker, initargs=(log_level(),)
    )
    try:
        yield executor
    except BaseException:
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _begin_worker(level: int) -> None:
    """Prepare a worker process before it loads anything that computes."""
    # One process a processor: threads of its own would only compete. Polars reads this when it is imported.
    os.environ["POLARS_MAX_THREADS"] = "1"
    keep_memory(os.environ)
    # Ctrl-C reaches the whole process group; the leading process decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    log_to_standard_error(level)
