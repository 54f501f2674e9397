"""Many requests, and what became of them in the store."""

import gzip
import http.client
import itertools
import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from model_monitor_api.contract.completeness import HourCompleteness, is_completeness_name, read_completeness
from tests.capture.envoy import free_port, start_envoy
from tests.support.s3 import S3Bucket

_BATCH = 20


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


class Traffic:
    """Requests one after the other from several clients, and the status that each was answered with.

    Parameters
    ----------
    port
        Where they are sent.
    """

    def __init__(self, port: int) -> None:
        self.answers: dict[str, int] = {}
        self._port = port
        self._ended = threading.Event()

    def __enter__(self) -> "Traffic":
        self._clients = [threading.Thread(target=self._send, args=(f"c{number}",)) for number in range(3)]
        for client in self._clients:
            client.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for client in self._clients:
            client.join()

    def _send(self, name: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        for number in itertools.count():
            if self._ended.wait(0.005):
                break
            headers = {"Content-Type": "text/csv", "X-Amzn-SageMaker-Inference-Id": f"{name}-{number}"}
            try:
                connection.request("POST", "/invocations", f"{number},1", headers)
                answer = connection.getresponse()
                answer.read()
                self.answers[f"{name}-{number}"] = answer.status
            except OSError:
                self.answers[f"{name}-{number}"] = 0
                connection.close()
        connection.close()


@contextmanager
def fast_model(folder: Path, port: int | None = None) -> Iterator[int]:
    """Serve the same answer to every request, as fast as another Envoy can; give the port."""
    port = port or free_port()
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
                                    "header": {"key": "content-type", "value": "text/csv"},
                                    "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
                                }
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


class Stored:
    """What lies in a bucket below a prefix."""

    def __init__(self, bucket: S3Bucket) -> None:
        pages = bucket.client.get_paginator("list_objects_v2").paginate(Bucket=bucket.name)
        self.keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        self._bucket = bucket

    def records(self) -> list[Any]:
        """Return all records, by their key in the layout checked to be of its hour."""
        found = []
        for key in self.keys:
            if key.endswith(".jsonl.gz"):
                for line in gzip.decompress(self._read(key)).splitlines():
                    record = json.loads(line)
                    hour = record["eventMetadata"]["inferenceTime"][:13].replace("T", "/").replace("-", "/")
                    assert f"/{hour}/" in f"/{key}"
                    found.append(record)
        return found

    def ids(self) -> Counter[str]:
        return Counter(record["eventMetadata"]["inferenceId"] for record in self.records())

    def accounts(self) -> list[HourCompleteness]:
        return [
            read_completeness(self._read(key))
            for key in self.keys
            if is_completeness_name(key.rpartition("/")[2])
        ]

    def _read(self, key: str) -> bytes:
        return bytes(self._bucket.client.get_object(Bucket=self._bucket.name, Key=key)["Body"].read())
