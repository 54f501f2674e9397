"""A real server of Azure Blob Storage on loopback, which checks signatures as Azure does."""

import base64
import hmac
import http.client
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import Final
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET

from tests.support.cloud import CloudBucket, serving
from tests.support.parts import missing
from tests.support.ports import free_port
from tests.support.servers import ServerMissingError, azurite

_VERSION: Final = "2021-12-02"


class _Container:
    """One container, by requests signed with the account's key as the REST reference has it."""

    def __init__(self, port: int, account: str, key: str, name: str) -> None:
        self._port = port
        self._account = account
        self._key = base64.b64decode(key)
        self._name = name

    def make(self) -> None:
        self._ask("PUT", "", {"restype": "container"})

    def drop(self) -> None:
        self._ask("DELETE", "", {"restype": "container"})

    def write(self, key: str, body: bytes) -> None:
        self._ask("PUT", key, {}, body, {"x-ms-blob-type": "BlockBlob"})

    def read(self, key: str) -> bytes:
        return self._ask("GET", key, {})

    def names(self) -> list[str]:
        listed = ET.fromstring(self._ask("GET", "", {"comp": "list", "restype": "container"}))
        assert not listed.findtext("NextMarker")
        return [name.text or "" for name in listed.iterfind("Blobs/Blob/Name")]

    def _ask(
        self,
        method: str,
        key: str,
        query: Mapping[str, str],
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        path = f"/{self._account}/{self._name}" + (f"/{quote(key)}" if key else "")
        sent = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": _VERSION, **(headers or {})}
        length = str(len(body)) if body else ""
        canonical = [f"{name}:{value}" for name, value in sorted(sent.items())]
        resource = [f"/{self._account}{path}", *(f"{name}:{value}" for name, value in sorted(query.items()))]
        to_sign = "\n".join([method, "", "", length, *[""] * 8, *canonical, *resource])
        signature = base64.b64encode(hmac.digest(self._key, to_sign.encode(), "sha256")).decode()
        sent["Authorization"] = f"SharedKey {self._account}:{signature}"
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            asked = "&".join(f"{name}={value}" for name, value in query.items())
            connection.request(method, f"{path}?{asked}", body, sent)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        assert answer.status < 300, text
        return text


class AzureServer:
    """A running server with one account."""

    def __init__(self, port: int, account: str, key: str) -> None:
        self._port = port
        self._account = account
        self._key = key

    def account_name(self) -> dict[str, str]:
        return {"AZURE_STORAGE_ACCOUNT_NAME": self._account}

    def sas_token(self, rights: str) -> str:
        """Return a token of the account for its containers and blobs, as the REST reference has it."""
        end = f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
        fields = {"sp": rights, "ss": "b", "srt": "sco", "st": "", "se": end, "sip": "", "spr": "http,https"}
        fields |= {"sv": _VERSION, "ses": ""}
        to_sign = "".join(f"{value}\n" for value in (self._account, *fields.values()))
        signature = base64.b64encode(hmac.digest(base64.b64decode(self._key), to_sign.encode(), "sha256"))
        return urlencode({name: value for name, value in fields.items() if value} | {"sig": signature})

    def container(self) -> CloudBucket:
        """Create a container of a name that no other test has."""
        objects = _Container(self._port, self._account, self._key, name := f"box-{uuid.uuid4().hex[:12]}")
        objects.make()
        account = self.account_name()
        return CloudBucket(
            scheme="az",
            name=name,
            endpoint=f"http://127.0.0.1:{self._port}/{self._account}",
            credentials=account | {"AZURE_STORAGE_ACCOUNT_KEY": self._key},
            refused=account | {"AZURE_STORAGE_ACCOUNT_KEY": _new_key()},
            objects=objects,
        )


@contextmanager
def azure_server() -> Iterator[AzureServer]:
    """Serve until the context ends; skip the test where no server was installed."""
    try:
        program = azurite.command()
    except ServerMissingError as problem:
        missing(str(problem))
    port, account, key = free_port(), "testaccount", _new_key()
    command = [*program, "--blobPort", str(port), "--inMemoryPersistence", "--silent", "--disableTelemetry"]
    with serving("azurite", command, f"http://127.0.0.1:{port}/", {"AZURITE_ACCOUNTS": f"{account}:{key}"}):
        yield AzureServer(port, account, key)


def _new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()
