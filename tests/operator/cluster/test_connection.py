"""Every failure of a request says whether to try again, and when."""

import gc
import json
import socket
import struct
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client.configuration import Configuration
from urllib3 import HTTPResponse

from model_monitor_operator.cluster.connection import (
    Connection,
    CredentialsError,
    configuration,
    failure,
)
from model_monitor_operator.errors import (
    AbsentError,
    ApiUnavailableError,
    ConflictedError,
    ExistsError,
    ForbiddenError,
    OperatorError,
    RefusedError,
)


def answer(
    status: int,
    reason: str = "",
    message: str = "said the server",
    headers: Mapping[str, str] | None = None,
    **details: Any,
) -> HTTPResponse:
    body = {"kind": "Status", "reason": reason, "message": message, "details": details}
    return HTTPResponse(json.dumps(body).encode(), headers, status, reason="HTTP reason")


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (400, "BadRequest", RefusedError),
        (401, "Unauthorized", ApiUnavailableError),
        (403, "Forbidden", ForbiddenError),
        (404, "NotFound", AbsentError),
        (405, "MethodNotAllowed", RefusedError),
        (408, "Timeout", ApiUnavailableError),
        (409, "AlreadyExists", ExistsError),
        (409, "Conflict", ConflictedError),
        (410, "Expired", ConflictedError),
        (413, "RequestEntityTooLarge", RefusedError),
        (422, "Invalid", RefusedError),
        (429, "TooManyRequests", ApiUnavailableError),
        (500, "InternalError", ApiUnavailableError),
        (503, "ServiceUnavailable", ApiUnavailableError),
        (0, "", ApiUnavailableError),
    ],
)
def test_a_status_means(status: int, reason: str, kind: type[OperatorError]) -> None:
    found = failure(answer(status, reason), "create Job/models/churn", creates=True)
    assert type(found) is kind
    assert str(found).startswith("create Job/models/churn: ")


def test_an_object_that_no_webhook_could_agree_to_is_refused_and_says_so() -> None:
    found = failure(answer(500, "InternalError", 'failed calling webhook "a.b"'), "post x", creates=True)
    assert isinstance(found, RefusedError)
    assert 'failed calling webhook "a.b"' in str(found)


def test_a_conflict_of_a_change_is_no_taken_name() -> None:
    assert type(failure(answer(409, "AlreadyExists"), "update x", creates=False)) is ConflictedError


@pytest.mark.parametrize(
    ("header", "details", "seconds"),
    [("7", {}, 7), (None, {"retryAfterSeconds": 3}, 3), ("Fri, 31 Dec 1999", {}, 0), ("9999999", {}, 300)],
)
def test_a_server_may_ask_to_wait(header: str | None, details: dict[str, Any], seconds: float) -> None:
    headers = {"Retry-After": header} if header else {}
    found = failure(answer(429, "TooManyRequests", headers=headers, **details), "get x", creates=False)
    assert isinstance(found, ApiUnavailableError)
    assert found.retry_after == seconds


@pytest.mark.parametrize("body", [b"", b"<html>502</html>", b"[]", b'"text"', b"\xff"])
def test_an_answer_of_a_proxy_is_understood_as_far_as_it_goes(body: bytes) -> None:
    found = failure(HTTPResponse(body, status=502, reason="Bad Gateway"), "get x", creates=False)
    assert str(found) == "get x: Bad Gateway"


def test_a_message_is_bounded_and_fit_to_be_printed() -> None:
    found = str(failure(answer(422, "Invalid", "\x1b[31m" + "x" * 5000), "post x", creates=True))
    assert len(found) < 1000
    assert "\x1b" not in found


def test_a_server_that_does_not_answer_is_unavailable() -> None:
    how = Configuration(host="https://127.0.0.1:1")
    how.retries = False
    connection = Connection(how)
    with pytest.raises(ApiUnavailableError, match="does not answer"):
        connection.send("get", "/version", subject="the version")
    connection.close()


def test_a_server_that_resets_its_connections_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def leave() -> None:
            connection, _ = server.accept()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

        how = Configuration(host=f"https://127.0.0.1:{server.getsockname()[1]}")
        connection = Connection(how)
        leaving = threading.Thread(target=leave)
        leaving.start()
        with pytest.raises(ApiUnavailableError, match="does not answer"):
            connection.send("get", "/version", subject="the version")
        leaving.join()
        connection.close()
    gc.collect()  # what is left of the connection, here and not in the midst of another test


def test_credentials_that_are_not_there_are_missed(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="--kubeconfig"):
        configuration(None, 1)
    bad = tmp_path / "kubeconfig"
    bad.write_text("a: [")
    for path in (bad, tmp_path / "none"):
        with pytest.raises(CredentialsError, match=str(path)):
            configuration(path, 1)
