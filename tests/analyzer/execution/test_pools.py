import multiprocessing
import os
import signal
import threading
import time
from importlib.metadata import version
from pathlib import Path

import pytest

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.execution.dask_cluster import require_same_version
from model_monitor_analyzer.execution.ordered import map_in_order
from model_monitor_analyzer.execution.pools import ExecutorChoice, open_pool
from model_monitor_analyzer.execution.stopping import Stopped, raise_if_stopped
from tests.support.dask import dask_cluster
from tests.support.pods import write_certificates


def square(number: int) -> int:
    return number * number


def where(_: int) -> tuple[int, str | None, bool]:
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    return os.getpid(), os.environ.get("POLARS_MAX_THREADS"), ignored


def sleep_long(_: int) -> None:
    time.sleep(120)


def total(choice: ExecutorChoice) -> int:
    with open_pool(choice) as pool:
        return sum(map_in_order(pool.executor, square, range(20), ahead=pool.ahead))


@pytest.mark.parametrize("choice", [ExecutorChoice("threads", 2), ExecutorChoice("processes", 2)])
def test_pools_of_this_machine_compute(choice: ExecutorChoice) -> None:
    assert total(choice) == sum(number * number for number in range(20))


def test_a_dask_cluster_computes(tmp_path: Path) -> None:
    with dask_cluster(tmp_path, workers=2) as address:
        assert total(ExecutorChoice("dask", dask_address=address)) == sum(n * n for n in range(20))


def test_a_dask_cluster_may_ask_for_certificates(tmp_path: Path) -> None:
    tls = write_certificates(tmp_path / "tls")
    with dask_cluster(tmp_path, workers=1, tls=tls) as address:
        assert address.startswith("tls://")
        assert total(ExecutorChoice("dask", dask_address=address, tls=tls)) == sum(n * n for n in range(20))
        other = write_certificates(tmp_path / "other")
        with pytest.raises(ConfigurationError, match="no connection"):
            total(ExecutorChoice("dask", dask_address=address, tls=other))


def test_worker_processes_are_single_threaded_and_leave_ctrl_c_to_their_leader() -> None:
    with open_pool(ExecutorChoice("processes", 1)) as pool:
        pid, polars_threads, ignored = pool.executor.submit(where, 0).result()
    assert pid != os.getpid()
    assert polars_threads == "1"
    assert ignored


def test_leaving_by_an_exception_stops_threads_between_two_blocks() -> None:
    begun, stopped = threading.Event(), threading.Event()

    def blocks(_: int) -> None:
        begun.set()
        try:
            for _block in range(10_000):
                raise_if_stopped()
                time.sleep(0.01)
        except Stopped:
            stopped.set()
            raise

    pools = open_pool(ExecutorChoice("threads", 1))
    with pytest.raises(KeyboardInterrupt), pools as pool:  # noqa: PT012 # what it is interrupted in
        pool.executor.submit(blocks, 0)
        assert begun.wait(timeout=10)
        raise KeyboardInterrupt
    assert stopped.is_set()


def test_leaving_by_an_exception_ends_worker_processes() -> None:
    start = time.monotonic()
    pools = open_pool(ExecutorChoice("processes", 2))
    with pytest.raises(KeyboardInterrupt), pools as pool:  # noqa: PT012 # what it is interrupted in
        pool.executor.submit(square, 2).result()
        pool.executor.submit(sleep_long, 0)
        raise KeyboardInterrupt
    assert time.monotonic() - start < 60
    assert multiprocessing.active_children() == []


def test_outside_a_pool_nothing_stops() -> None:
    raise_if_stopped()


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_monitor_analyzer.execution.dask_cluster.CONNECT_SECONDS", 1)
    choice = ExecutorChoice("dask", dask_address="tcp://127.0.0.1:9")
    with pytest.raises(ConfigurationError, match=r"'tcp://127\.0\.0\.1:9': no connection"), open_pool(choice):
        pass


def test_dask_needs_an_address() -> None:
    with pytest.raises(ValueError, match="address"), open_pool(ExecutorChoice("dask")):
        pass


def test_a_worker_without_the_software_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_monitor_analyzer.execution.dask_cluster.DISTRIBUTIONS", ("numpy", "no-such"))
    monkeypatch.setattr("model_monitor_analyzer.execution.dask_cluster.version", version_or_zero)
    with dask_cluster(tmp_path, workers=1) as address:
        monkeypatch.setenv("ONLY_HERE", "1")
        with pytest.raises(ConfigurationError, match="no no-such, this process has 0"):
            total(ExecutorChoice("dask", dask_address=address))


def version_or_zero(distribution: str) -> str:
    return "0" if distribution == "no-such" and "ONLY_HERE" in os.environ else version(distribution)


@pytest.mark.parametrize(
    ("there", "message"),
    [("0.0.1", "it has numpy 0.0.1, this process has"), (KeyError("numpy"), "it has no numpy")],
)
def test_a_worker_with_another_version_is_refused(there: str | Exception, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        require_same_version("numpy", {"tcp://10.0.0.1:1": version("numpy"), "tcp://10.0.0.2:1": there})
