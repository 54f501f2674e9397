"""The compiled capture filter itself: what it needs of a system, and settings that it can't read."""

import json
import re
import socket
import subprocess
import time
from base64 import b64decode
from pathlib import Path

from tests.capture.envoy import Gateway, gateway, spec, wait_for
from tests.capture.filter import capture_filter
from tests.capture.http import request
from tests.capture.model import Model

OLDEST_LIBRARY = (2, 35)
"""Of the C library in the images of Envoy, those of Ubuntu and of Debian."""


def test_it_needs_no_newer_c_library_than_images_of_envoy_have() -> None:
    found = re.findall(rb"GLIBC_(\d+)\.(\d+)", capture_filter().read_bytes())
    assert found
    assert max((int(major), int(minor)) for major, minor in found) <= OLDEST_LIBRARY


def test_it_needs_no_library_besides() -> None:
    told = subprocess.run(["ldd", capture_filter()], capture_output=True, text=True, check=True).stdout
    names = {line.split()[0].rsplit("/", 1)[-1] for line in told.splitlines()}
    assert not {name for name in names if not name.startswith(("linux-vdso.", "libc.", "ld-linux-"))}


def change(running: Gateway, before: str, after: str) -> None:
    """Replace a setting in the routes as kubelet replaces files."""
    routes = Path(running.installation.routes_file)
    text = routes.read_text()
    assert before in text
    draft = routes.with_suffix(".draft")
    draft.write_text(text.replace(before, after))
    draft.rename(routes)


def test_nothing_of_the_configuration_is_deprecated_or_made_for_another_envoy(
    tmp_path: Path, served: Model
) -> None:
    with gateway(tmp_path, served.port, spec()) as running:
        assert request(running.port, b"1").status == 200
        assert running.log == ""


def test_settings_that_it_cannot_read_change_nothing(tmp_path: Path, served: Model) -> None:
    with gateway(tmp_path, served.port, spec()) as running:
        change(running, "max_body_bytes 1048576", "max_body_bytes lots")
        wait_for(lambda: "`lots` is no value of max_body_bytes" in running.log, "the refusal")
        assert request(running.port, b"1", Content_Type="text/csv").status == 200
        [record] = running.records(1)
        assert record["captureData"]["endpointInput"]["data"] == "1"


def test_settings_of_a_newer_writer_are_taken(tmp_path: Path, served: Model) -> None:
    with gateway(tmp_path, served.port, spec()) as running:
        change(running, "threshold 4294967296", "unheard_of x\\nthreshold 0")
        wait_for(lambda: not _are_recorded(running, b"1"), "the new settings")


def test_slow_clients_cannot_fill_the_memory(tmp_path: Path, served: Model) -> None:
    with gateway(tmp_path, served.port, spec(capture=["Input"])) as running:
        change(running, "max_held_bytes 134217728", "max_held_bytes 300000")
        wait_for(lambda: not _are_recorded(running, b"x" * 300_001), "the new limit")
        slow = [socket.create_connection(("127.0.0.1", running.port), timeout=60) for _ in range(4)]
        for number, client in enumerate(slow):
            client.sendall(
                f"POST /echo?{number} HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n".encode()
                + b"y" * 100_000
            )
            assert not _is_answered(client)
        for client in slow:
            client.sendall(b"z")
            assert client.recv(65536).startswith(b"HTTP/1.1 200")
            client.close()
        wait_for(lambda: _are_recorded(running, b"x" * 299_999), "what they held")
    records = [json.loads(line) for line in running.spool.read_bytes().splitlines()]
    sides = [one["captureData"]["endpointInput"] for one in records]
    held = [(b64decode(side["data"]), side) for side in sides if side["encoding"] == "BASE64"]
    whole = b"y" * 100_000 + b"z"
    assert len(held) == len(slow)
    # Those that ended first gave back what they held.
    assert sum(len(body) for body, _ in held) <= 300_000 + len(slow)
    for body, side in held:
        assert whole.startswith(body)
        assert side.get("truncated", False) == (body != whole)


def _is_answered(client: socket.socket) -> bool:
    """Return whether an answer is there in a moment; until then the gateway has taken what came."""
    client.settimeout(0.3)
    try:
        return bool(client.recv(1, socket.MSG_PEEK))
    except TimeoutError:
        return False
    finally:
        client.settimeout(60)


def _are_recorded(running: Gateway, body: bytes) -> bool:
    """Return whether a body is recorded as a whole."""
    name = f"id-{time.monotonic_ns()}"
    answer = request(running.port, body, Content_Type="text/csv", X_Amzn_SageMaker_Inference_Id=name)
    assert answer.status == 200

    def lines() -> list[bytes]:
        return [line for line in running.spool.read_bytes().split(b"\n") if name.encode() in line]

    try:
        wait_for(lines, "a record", seconds=1.5)
    except AssertionError:
        return False
    return b'"truncated"' not in lines()[0]
