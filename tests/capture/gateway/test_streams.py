"""Protocols and answers that take their time: nothing is held back, whatever is captured."""

import asyncio
import socket
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiohttp
import grpc
import pytest

from model_monitor_capture.shipper.lines import read_line
from tests.capture.envoy import Gateway, gateway, spec
from tests.capture.http import exchange, request
from tests.capture.model import Model


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, served: Model) -> Iterator[Gateway]:
    with gateway(tmp_path_factory.mktemp("gateway"), served.port, spec()) as started:
        yield started


@pytest.fixture(autouse=True)
def _nothing_recorded(running: Gateway) -> None:
    with running.spool.open("wb"):
        pass


EVENTS = b"POST /events HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def read_until(connection: socket.socket, text: bytes) -> bytes:
    received = b""
    while text not in received:
        piece = connection.recv(65536)
        assert piece, received
        received += piece
    return received


def test_events_arrive_while_the_answer_goes_on(running: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=60) as connection:
        connection.sendall(EVENTS)
        for number in range(3):
            # The model sends the next event only once this one was acknowledged.
            read_until(connection, f"data: {number}".encode())
            assert request(running.port, path="/acknowledge").status == 204
        while connection.recv(65536):
            pass
    by_path = {record["eventMetadata"]["path"]: record for record in running.records(4)}
    output = by_path["/events"]["captureData"]["endpointOutput"]
    assert output["observedContentType"] == "text/event-stream"
    assert not output.get("truncated")


def test_an_answer_that_breaks_off_leaves_what_had_passed(running: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=60) as connection:
        connection.sendall(EVENTS)
        read_until(connection, b"data: 0")
        assert request(running.port, path="/acknowledge").status == 204
        read_until(connection, b"data: 1")
    by_path = {record["eventMetadata"]["path"]: record for record in running.records(2)}
    record = by_path["/events"]
    output = record["captureData"]["endpointOutput"]
    assert output["truncated"] is True
    assert b64decode(output["data"]) == b"data: 0\n\ndata: 1\n\n"
    assert record["eventMetadata"]["responseFlags"] == "DC"


def test_a_late_answer_is_waited_for(running: Gateway) -> None:
    assert request(running.port, path="/sleep/3").body == b"late"
    assert running.records(1)[0]["eventMetadata"]["latencyMicroseconds"] >= 3_000_000


def test_a_client_that_gives_up_is_recorded(running: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=60) as connection:
        connection.sendall(b"POST /sleep/60 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1")
    [record] = running.records(1)
    event = record["eventMetadata"]
    assert (event["statusCode"], event["responseFlags"]) == (0, "DC")
    assert (event["latencyMicroseconds"], event["grpcStatus"]) == (None, None)


def test_websockets_pass_and_are_not_recorded(running: Gateway) -> None:
    async def talk() -> str:
        url = f"http://127.0.0.1:{running.port}/websocket"
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as connection:
            await connection.send_str("hello")
            return str((await connection.receive()).data)

    assert asyncio.run(talk()) == "hello"
    assert request(running.port, b"1").status == 200
    assert [record["eventMetadata"]["path"] for record in running.records(1)] == ["/echo"]


def test_requests_on_one_connection_are_one_record_each(running: Gateway) -> None:
    one = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n7"
    last = one.replace(b"Host", b"Connection: close\r\nHost")
    assert exchange(running.port, one * 9 + last).count(b"HTTP/1.1 200") == 10
    assert len(running.records(10)) == 10


class _Echo(grpc.GenericRpcHandler):  # type: ignore[misc] # has no published types
    def service(self, call: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        if call.method.endswith("Stream"):
            return grpc.stream_stream_rpc_method_handler(lambda messages, _: messages)
        return grpc.unary_unary_rpc_method_handler(lambda message, _: message)


@pytest.fixture
def echoing() -> Iterator[int]:
    """Run a gRPC server and give its port."""
    with ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool, handlers=(_Echo(),))
        port = int(server.add_insecure_port("127.0.0.1:0"))
        server.start()
        yield port
        server.stop(0).wait()


def test_grpc_passes_over_http2_and_is_recorded(tmp_path: Path, echoing: int) -> None:
    message = bytes(range(256)) * 10
    with (
        gateway(tmp_path, echoing, spec()) as front,
        grpc.insecure_channel(f"127.0.0.1:{front.port}") as channel,
    ):
        call = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        assert (
            call(message, metadata=(("x-amzn-sagemaker-inference-id", "i-1"),), wait_for_ready=True)
            == message
        )
        stream = channel.stream_stream("/inference.GRPCInferenceService/ModelStream")
        assert list(stream(iter([b"a", b"b"]))) == [b"a", b"b"]
        by_path = {record["eventMetadata"]["path"]: record for record in front.records(2)}
    one = by_path["/inference.GRPCInferenceService/ModelInfer"]
    assert one["eventMetadata"]["inferenceId"] == "i-1"
    assert one["eventMetadata"]["grpcStatus"] == 0
    assert one["captureData"]["endpointInput"]["observedContentType"] == "application/grpc"
    assert len(by_path) == 2


def test_a_record_without_any_body_is_one_too(tmp_path: Path, served: Model) -> None:
    with gateway(tmp_path, served.port, spec(capture=["Output"])) as front:
        with socket.create_connection(("127.0.0.1", front.port), timeout=60) as connection:
            connection.sendall(b"POST /sleep/60 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1")
        front.records(1)
        line = read_line(front.spool.read_bytes().rstrip(b"\n"))
    assert line is not None
    assert line.record.startswith(b'{"captureData":{"endpointOutput":{"mode":"OUTPUT"}}')


def test_a_client_can_not_ask_envoy_for_time_outs_or_retries(running: Gateway, served: Model) -> None:
    # Envoy takes who names one private address for a part of its own mesh.
    inside = "10.0.0.1"
    late = request(
        running.port, path="/sleep/1", X_Envoy_Upstream_Rq_Timeout_Ms="100", X_Forwarded_For=inside
    )
    assert (late.status, late.body) == (200, b"late")
    served.bodies.clear()
    failed = request(running.port, b"1", path="/status/503", X_Envoy_Retry_On="5xx", X_Envoy_Max_Retries="3")
    assert (failed.status, served.bodies) == (503, [b"1"])
