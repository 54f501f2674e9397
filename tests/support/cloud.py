"""A bucket or container of a cloud's store on loopback, the same to tests whichever it is."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.error import URLError
from urllib.request import urlopen

from model_monitor_analyzer.stores import Access
from model_monitor_api.v1alpha1.storage import Connection
from tests.cluster.processes import Process
from tests.cluster.waiting import wait_for


class Objects(Protocol):
    """What is in a bucket, by means that are not the project's."""

    def make(self) -> None:
        """Create the bucket."""

    def drop(self) -> None:
        """Delete it."""

    def write(self, key: str, body: bytes) -> None: ...

    def read(self, key: str) -> bytes: ...

    def names(self) -> list[str]: ...


@dataclass(frozen=True)
class CloudBucket:
    """A fresh bucket and how it is reached.

    Attributes
    ----------
    scheme, name
        Of its URIs.
    endpoint
        Of its server.
    credentials
        What a Secret that opens it holds.
    refused
        What a Secret holds that does not.
    objects
        What is in it.
    """

    scheme: str
    name: str
    endpoint: str
    credentials: Mapping[str, str] = field(repr=False)
    refused: Mapping[str, str] = field(repr=False)
    objects: Objects

    @property
    def connection(self) -> Connection:
        return Connection(endpoint=self.endpoint)

    @property
    def access(self) -> Access:
        return Access(environment=self.credentials)

    def uri(self, key: str) -> str:
        return f"{self.scheme}://{self.name}/{key}"

    def names(self) -> list[str]:
        return self.objects.names()

    def read(self, key: str) -> bytes:
        return self.objects.read(key)

    def write(self, key: str, body: bytes) -> str:
        self.objects.write(key, body)
        return self.uri(key)


@contextmanager
def serving(name: str, command: Sequence[str], url: str, environment: Mapping[str, str]) -> Iterator[None]:
    """Run a server until the context ends; wait until it answers at a URL, whatever it does."""
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="model-monitor-store-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        server = Process(name, command, home, environment)
        server.start()
        stack.callback(server.stop)

        def answers() -> bool:
            assert server.running, server.log_file.read_text()
            try:
                urlopen(url, timeout=5).close()
            except URLError as error:
                return hasattr(error, "code")
            return True

        wait_for(answers, 60, name)
        yield
