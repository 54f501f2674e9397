"""The DNS server of a cluster: the addresses of Services and of the pods behind headless ones."""

import socket
import struct
import threading
from typing import Final

from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from tests.cluster.client import Client

DOMAIN: Final = ["svc", "cluster", "local"]
_ADDRESS, _INTERNET = 1, 1
_NO_ERROR, _FAILURE, _NO_SUCH_NAME = 0, 2, 3


class DomainNames:
    """A server on one address that asks the API server at every question, so it is never behind."""

    def __init__(self, client: Client, address: str) -> None:
        self._client = client
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 53))
        self._socket.settimeout(0.2)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()
        self._client.close()

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                question, sender = self._socket.recvfrom(512)
            except TimeoutError:
                continue
            labels, kind, end = parse(question)
            code, addresses = self._resolve(labels)
            found = addresses if kind == _ADDRESS else []
            self._socket.sendto(answer(question, end, code, found), sender)

    def _resolve(self, labels: list[str]) -> tuple[int, list[str]]:
        if labels[-3:] != DOMAIN or len(labels) not in (5, 6):
            return _NO_SUCH_NAME, []
        *host, service, namespace = labels[:-3]
        try:
            found = self._client.resource("v1", "services", namespace).find(service)
            if found is None:
                return _NO_SUCH_NAME, []
            if found["spec"].get("clusterIP", "None") != "None":
                return (_NO_ERROR, found["spec"]["clusterIPs"]) if not host else (_NO_SUCH_NAME, [])
            addresses = self._behind(namespace, service, host)
        except (ApiException, HTTPError, OSError):
            return _FAILURE, []
        return (_NO_ERROR if addresses or not host else _NO_SUCH_NAME), addresses

    def _behind(self, namespace: str, service: str, host: list[str]) -> list[str]:
        slices = self._client.resource("discovery.k8s.io/v1", "endpointslices", namespace)
        endpoints = [
            endpoint
            for each in slices.list(f"kubernetes.io/service-name={service}")
            for endpoint in each["endpoints"] or []
            if endpoint["conditions"].get("ready")
        ]
        return [
            address
            for endpoint in endpoints
            if not host or endpoint.get("hostname") == host[0]
            for address in endpoint["addresses"]
        ]


def parse(question: bytes) -> tuple[list[str], int, int]:
    """Return the name that a packet asks for, the kind of record, and where the question ends."""
    labels, place = [], 12
    while length := question[place]:
        labels.append(question[place + 1 : place + 1 + length].decode("ascii", "replace").lower())
        place += length + 1
    (kind,) = struct.unpack_from("!H", question, place + 1)
    return labels, kind, place + 5


def answer(question: bytes, end: int, code: int, addresses: list[str]) -> bytes:
    """Return the packet that answers a question with addresses, or with a code why there are none."""
    flags = 0x8580 | code
    header = question[:2] + struct.pack("!HHHHH", flags, 1, len(addresses), 0, 0)
    records = [
        struct.pack("!HHHIH", 0xC00C, _ADDRESS, _INTERNET, 1, 4) + socket.inet_aton(address)
        for address in addresses
    ]
    return header + question[12:end] + b"".join(records)
