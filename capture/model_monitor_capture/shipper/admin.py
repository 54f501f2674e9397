"""Envoy's administration, over its Unix socket."""

import json
import re
import socket
from collections import Counter
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final
from urllib.parse import quote

from model_monitor_capture.gateway.facts import METADATA, REQUESTS

_TIMEOUT_SECONDS: Final = 5
_STAT: Final = re.compile(
    rf"{METADATA}\.{REQUESTS}\.outcome\.(?P<outcome>[a-z]+)\.hour\.(?P<hour>[0-9]{{2}})"
)


_ACTIVE: Final = "http.capture.downstream_rq_active"


class AdminUnreachableError(Exception):
    """Envoy does not answer: it is not there, or starts or ends just now."""


class AdminAbsentError(AdminUnreachableError):
    """No process listens at the socket, so no Envoy runs."""


class _UnixConnection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("envoy", timeout=_TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Admin:
    """One Envoy's administration.

    Parameters
    ----------
    path
        The socket.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def run(self) -> str:
        """Return what tells one run of Envoy from another: it makes its socket anew when it starts.

        Raises
        ------
        AdminAbsentError
            There is no socket.
        """
        try:
            state = self._path.stat()
        except OSError as error:
            raise AdminAbsentError(f"'{self._path}' is not there") from error
        return f"{state.st_ino:x}-{state.st_ctime_ns:x}"

    def requests(self) -> Mapping[tuple[str, int], int]:
        """Return how many requests ended since Envoy started, by outcome and hour of the day.

        Outcomes are `captured`, `paused`, `unsampled` and `explanation`.

        Raises
        ------
        AdminUnreachableError
            Envoy does not answer.
        """
        answer = json.loads(self._ask("GET", f"/stats?filter=^{METADATA}&format=json"))
        counts: Counter[tuple[str, int]] = Counter()
        for stat in answer["stats"]:
            if found := _STAT.fullmatch(stat.get("name", "")):
                counts[found["outcome"], int(found["hour"])] += int(stat["value"])
        return counts

    def reopen_logs(self) -> None:
        """Make Envoy close its files and open them anew by name; it does so with its next flush.

        Raises
        ------
        AdminUnreachableError
            Envoy does not answer.
        """
        self._ask("POST", "/reopen_logs")

    def drain(self) -> None:
        """Make Envoy ask its clients to connect elsewhere: each answer from now on closes its connection.

        Raises
        ------
        AdminUnreachableError
            Envoy does not answer.
        """
        self._ask("POST", "/drain_listeners?graceful&skip_exit")

    def active(self) -> int:
        """Return how many requests are under way.

        Raises
        ------
        AdminUnreachableError
            Envoy does not answer.
        """
        answer = json.loads(self._ask("GET", f"/stats?filter=^{_ACTIVE}$&format=json"))
        return sum(int(stat["value"]) for stat in answer["stats"] if stat.get("name") == _ACTIVE)

    def set_runtime(self, key: str, value: str) -> None:
        """Set a runtime key, until Envoy ends.

        Raises
        ------
        AdminUnreachableError
            Envoy does not answer.
        """
        self._ask("POST", f"/runtime_modify?{quote(key)}={quote(value)}")

    def _ask(self, method: str, path: str) -> bytes:
        connection = _UnixConnection(self._path)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            body = answer.read()
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise AdminAbsentError(f"no Envoy listens at '{self._path}'") from error
        except (OSError, HTTPException) as error:
            raise AdminUnreachableError(f"Envoy at '{self._path}' does not answer: {error}") from error
        finally:
            connection.close()
        if answer.status != 200:
            raise AdminUnreachableError(f"Envoy answered {method} {path} with status {answer.status}")
        return body
