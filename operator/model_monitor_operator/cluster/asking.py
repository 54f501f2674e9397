"""Asking the shippers in gateways' pods how they fare.

Where is asked follows from what kubelet says of a pod, never from what somebody wrote; and whoever answers is
given little time and few bytes.
"""

import ipaddress
import socket
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Final

from model_monitor_api.contract.shipper import REPORT_LIMIT, REPORT_PATH
from model_monitor_operator.build.gateway.parts import SHIPPER_PORT
from model_monitor_operator.objects import Object, name_of
from model_monitor_operator.reading import word

Ask = Callable[[Sequence[Object]], Mapping[str, bytes]]
"""From pods to what their shippers say, by the pods' names."""

_SECONDS: Final = 2.0
_AT_ONCE: Final = 16
_LARGEST_HEAD: Final = 2048
_REQUEST: Final = f"GET {REPORT_PATH} HTTP/1.0\r\nHost: shipper\r\n\r\n".encode()


def reports_of(pods: Sequence[Object], port: int = SHIPPER_PORT) -> Mapping[str, bytes]:
    """Return what the shippers in pods say, by the pods' names; those that do not answer are left out.

    Parameters
    ----------
    pods
        Pods of gateways; at their own addresses is asked.
    port
        Port of the shippers.
    """
    places = [(name_of(pod), address) for pod in pods if (address := _address(pod)) is not None]
    if not places:
        return {}
    with ThreadPoolExecutor(min(_AT_ONCE, len(places)), "asking") as pool:
        answers = pool.map(lambda place: _asked(place[1], port), places)
        return {name: raw for (name, _), raw in zip(places, answers, strict=True) if raw is not None}


def _address(pod: Object) -> str | None:
    """Return the address of a pod; None if it has none of its own, such as one of its node's network."""
    text = word(pod, "status", "podIP")
    if not text or text == word(pod, "status", "hostIP"):
        return None
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _asked(address: str, port: int) -> bytes | None:
    deadline = monotonic() + _SECONDS
    limit = _LARGEST_HEAD + REPORT_LIMIT
    found = b""
    try:
        with socket.create_connection((address, port), timeout=_SECONDS) as connection:
            connection.sendall(_REQUEST)
            while len(found) <= limit and (left := deadline - monotonic()) > 0:
                connection.settimeout(left)
                piece = connection.recv(limit)
                if not piece:
                    return _body(found)
                found += piece
    except OSError:
        return None
    return None


def _body(answer: bytes) -> bytes | None:
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head.partition(b"\r\n")[0].split(b" ")
    return body if len(status) > 1 and status[0].startswith(b"HTTP/1.") and status[1] == b"200" else None
