"""Probes and metrics are served, and nothing else."""

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

import pytest
from prometheus_client import CollectorRegistry, Counter, Metric
from prometheus_client.registry import Collector

from model_monitor_operator.serving import Handler, Server, metrics, probe


@contextmanager
def serving(paths: Mapping[str, Handler]) -> Iterator[str]:
    server = Server(0, paths)
    server.start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()


def get(url: str, **headers: str) -> tuple[int, str, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


def test_a_probe_says_what_is_wrong() -> None:
    problems: list[str | None] = [None, "no watch of jobs"]
    with serving({"/readyz": probe(lambda: problems.pop(0))}) as url:
        assert get(f"{url}/readyz?verbose") == (HTTPStatus.OK, "text/plain; charset=utf-8", "ok\n")
        assert get(f"{url}/readyz")[::2] == (HTTPStatus.SERVICE_UNAVAILABLE, "no watch of jobs\n")


@pytest.mark.parametrize("path", ["/", "/metrics/", "/../metrics", "/debug"])
def test_there_is_nothing_else(path: str) -> None:
    with serving({"/metrics": metrics(CollectorRegistry())}) as url:
        assert get(f"{url}{path}")[0] == HTTPStatus.NOT_FOUND


def test_metrics_come_in_the_format_that_is_asked_for() -> None:
    registry = CollectorRegistry()
    Counter("seen", "What was seen.", registry=registry).inc(3)
    with serving({"/metrics": metrics(registry)}) as url:
        status, plain, text = get(f"{url}/metrics")
        assert (status, plain.partition(";")[0]) == (HTTPStatus.OK, "text/plain")
        assert "seen_total 3.0" in text
        _, kind, text = get(f"{url}/metrics", Accept="application/openmetrics-text; version=1.0.0")
        assert kind.partition(";")[0] == "application/openmetrics-text"
        assert text.endswith("# EOF\n")


def test_a_collector_that_fails_is_a_failure_and_no_broken_connection() -> None:
    class Broken(Collector):
        def collect(self) -> Iterator[Metric]:
            raise KeyError("a bug")

        def describe(self) -> Iterator[Metric]:
            return iter(())

    registry = CollectorRegistry()
    registry.register(Broken())
    with serving({"/metrics": metrics(registry)}) as url:
        assert get(f"{url}/metrics")[::2] == (HTTPStatus.INTERNAL_SERVER_ERROR, "failed; see the log\n")


def test_nothing_can_be_sent() -> None:
    with serving({"/livez": probe(lambda: None)}) as url:
        request = urllib.request.Request(f"{url}/livez", data=b"x", method="POST")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        refused.value.close()
        assert refused.value.code == HTTPStatus.NOT_IMPLEMENTED


def test_those_who_ask_and_do_not_read_cannot_take_all_the_room_for_ever() -> None:
    with serving({"/livez": probe(lambda: None)}) as url:
        port = int(url.rpartition(":")[2])
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(16)]
        for each in idle:
            each.sendall(b"GET /livez HTTP/1.0\r\n")
        for each in idle:
            each.close()
        while True:
            try:
                assert get(f"{url}/livez")[0] == HTTPStatus.OK
            except (urllib.error.URLError, ConnectionError):
                continue
            break


def test_a_port_that_is_taken_is_an_error() -> None:
    with serving({}) as url, pytest.raises(OSError, match="in use"):
        Server(int(url.rpartition(":")[2]), {})
