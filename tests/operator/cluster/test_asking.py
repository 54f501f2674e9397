"""Shippers are asked at their pods' addresses alone, and get little time and few bytes."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

import pytest

from model_monitor_api.contract.shipper import REPORT_LIMIT
from model_monitor_api.serving import Answer, Server
from model_monitor_operator.cluster.asking import reports_of
from model_monitor_operator.objects import Object


def pod(name: str, address: str | None, host: str = "10.0.0.1") -> Object:
    status = {"hostIP": host, **({} if address is None else {"podIP": address})}
    return {"kind": "Pod", "metadata": {"name": name, "namespace": "models"}, "status": status}


@contextmanager
def answering(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Let somebody answer one connection in his own way; give the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    serve(connection)
                except OSError:
                    return  # whoever asked has gone

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.close()
        thread.join(timeout=20)


def test_a_shipper_is_asked_for_its_report() -> None:
    server = Server(0, {"/report": lambda _: Answer(HTTPStatus.OK, "application/json", b"{}")})
    server.start()
    try:
        pods = [pod("a", "127.0.0.1"), pod("b", None), pod("c", "127.0.0.2")]
        assert reports_of(pods, server.port) == {"a": b"{}", "c": b"{}"}
    finally:
        server.stop()
    assert reports_of(pods, server.port) == {}


@pytest.mark.parametrize("address", ["", "10.0.0.1", "evil.example", "127.0.0.1:80", "127.1"])
def test_what_is_no_address_of_a_pod_is_not_asked(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda *arguments, **_: asked.append(arguments))
    assert reports_of([pod("a", address)], 1) == {}
    assert asked == []


def _endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * REPORT_LIMIT)


def _slow(connection: socket.socket) -> None:
    stop = threading.Event()
    while not stop.wait(0.1):
        connection.sendall(b"x")


@pytest.mark.parametrize(
    "serve",
    [
        _endless,
        _slow,
        lambda connection: connection.sendall(b"HTTP/1.1 500 no\r\n\r\n{}"),
        lambda connection: connection.sendall(b"HTTP/1.1 302 there\r\nLocation: http://x/\r\n\r\n{}"),
        lambda connection: connection.sendall(b"\x00\xff"),
        lambda _: None,
    ],
    ids=["endless", "slow", "failing", "elsewhere", "rubbish", "silent"],
)
def test_whoever_answers_as_no_shipper_does_says_nothing(serve: Callable[[socket.socket], None]) -> None:
    with answering(serve) as port:
        assert reports_of([pod("a", "127.0.0.1")], port) == {}
