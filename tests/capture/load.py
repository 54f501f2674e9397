"""Many requests, and what became of them in the store."""

import gzip
import http.client
import itertools
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from model_monitor_api.contract.completeness import HourCompleteness, is_completeness_name, read_completeness
from tests.capture.envoy import start_envoy, wait_for
from tests.support.ports import free_port

_BATCH = 20
_NAMES = "x-names"


def send(port: int, ids: Sequence[str], connections: int = 4) -> None:
    """Send a request for each id, and check that each is answered well."""
    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(lambda part: _send(port, part), (ids[i::connections] for i in range(connections))))


def _send(port: int, ids: Sequence[str]) -> None:
    requests = [
        "POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\n"
        f"Content-Length: {len(name) + 2}\r\n"
        f"X-Amzn-SageMaker-Inference-Id: {name}\r\n\r\n{name},1".encode()
        for name in ids
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        for start in range(0, len(requests), _BATCH):
            batch = requests[start : start + _BATCH]
            connection.sendall(b"".join(batch))
            received = b""
            while received.count(b"\r\n\r\n0.5\n") < len(batch):
                piece = connection.recv(65536)
                assert piece, received
                received += piece
            assert received.count(b"HTTP/1.1 200") == len(batch)


class Answer(NamedTuple):
    """What a request came to.

    Attributes
    ----------
    status
        Of the response; 0 where the connection was refused or broke.
    names
        Whose answer the model says it is; None where it was not the model that answered.
    body
        Of the response.
    """

    status: int
    names: str | None
    body: bytes


NO_ANSWER = Answer(0, None, b"")


class Span(NamedTuple):
    """When a request was sent and when it was over, by the monotonic clock in seconds."""

    begin: float
    end: float


class Traffic:
    """Requests one after the other from several clients, each sent through a gateway and around capture.

    Parameters
    ----------
    port
        Where they are captured.
    plain
        Where the same requests are sent next, and are not.

    Attributes
    ----------
    answers
        What was answered, by inference id.
    plainly
        What was answered where nothing is captured.
    spans
        How long the ones that are captured took.
    """

    CLIENTS = 3

    def __init__(self, port: int, plain: int) -> None:
        self.answers: dict[str, Answer] = {}
        self.plainly: dict[str, Answer] = {}
        self.spans: dict[str, Span] = {}
        self._port = port
        self._plain = plain
        self._ended = threading.Event()

    def __enter__(self) -> "Traffic":
        self._clients = [
            threading.Thread(target=self._send, args=(f"c{number}",)) for number in range(self.CLIENTS)
        ]
        for client in self._clients:
            client.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Send no more and wait for the last answers."""
        self._ended.set()
        for client in self._clients:
            client.join()

    def wait_for_more(self, answers: int = 100) -> None:
        """Wait for so many more requests to be over."""
        wanted = len(self.answers) + answers
        wait_for(lambda: len(self.answers) >= wanted, f"{answers} more answers")

    def statuses(self) -> Counter[int]:
        return Counter(answer.status for answer in self.answers.values())

    def differing(self) -> list[str]:
        """Return the requests that were answered otherwise than without capture."""
        return [name for name, answer in self.answers.items() if answer != self.plainly[name]]

    def _send(self, client: str) -> None:
        captured = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        plain = http.client.HTTPConnection("127.0.0.1", self._plain, timeout=60)
        for number in itertools.count():
            if self._ended.wait(0.005):
                break
            name = f"{client}-{number}"
            begin = time.monotonic()
            answer = _ask(captured, name)
            self.spans[name] = Span(begin, time.monotonic())
            self.plainly[name] = _ask(plain, name)
            self.answers[name] = answer
        captured.close()
        plain.close()


def _ask(connection: http.client.HTTPConnection, name: str) -> Answer:
    headers = {"Content-Type": "text/csv", "X-Amzn-SageMaker-Inference-Id": name}
    try:
        connection.request("POST", "/invocations", f"{name},1", headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers[_NAMES], answer.read())
    except (OSError, http.client.HTTPException):
        connection.close()
        return NO_ANSWER


@contextmanager
def fast_model(folder: Path, port: int | None = None, *, naming: bool = False) -> Iterator[int]:
    """Serve the same answer to every request, as fast as another Envoy can; give the port.

    A naming one says in a header which request it answers, by its inference id.
    """
    port = port or free_port()
    headers = {"content-type": "text/csv"}
    if naming:
        headers[_NAMES] = "%REQ(X-Amzn-SageMaker-Inference-Id)%"
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network"
        ".http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "model",
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [
                        {
                            "match": {"prefix": "/"},
                            "direct_response": {"status": 200, "body": {"inline_string": "0.5\n"}},
                            "response_headers_to_add": [
                                {
                                    "header": {"key": name, "value": value},
                                    "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
                                }
                                for name, value in headers.items()
                            ],
                        }
                    ],
                }
            ]
        },
        "http_filters": [
            # It answers once the whole body is there, as a model does.
            _filter("buffer.v3.Buffer", max_request_bytes=1 << 20),
            _filter("router.v3.Router"),
        ],
    }
    listener = {
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
    (folder / "envoy.json").write_text(json.dumps({"static_resources": {"listeners": [listener]}}))
    process = start_envoy(folder, port)
    try:
        yield port
    finally:
        process.kill()
        process.wait()


def _filter(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "name": name,
        "typed_config": {"@type": f"type.googleapis.com/envoy.extensions.filters.http.{name}"} | fields,
    }


class Bucket(Protocol):
    """A bucket that can be looked into."""

    def names(self) -> list[str]: ...

    def read(self, key: str) -> bytes: ...


class Stored:
    """What lies in a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self.keys = bucket.names()
        self._bucket = bucket

    def records(self) -> list[Any]:
        """Return all records, by their key in the layout checked to be of its hour."""
        found = []
        for key in self.keys:
            if key.endswith(".jsonl.gz"):
                for line in gzip.decompress(self._bucket.read(key)).splitlines():
                    record = json.loads(line)
                    hour = record["eventMetadata"]["inferenceTime"][:13].replace("T", "/").replace("-", "/")
                    assert f"/{hour}/" in f"/{key}"
                    found.append(record)
        return found

    def ids(self) -> Counter[str]:
        return Counter(record["eventMetadata"]["inferenceId"] for record in self.records())

    def accounts(self) -> list[HourCompleteness]:
        return [
            read_completeness(self._bucket.read(key))
            for key in self.keys
            if is_completeness_name(key.rpartition("/")[2])
        ]
