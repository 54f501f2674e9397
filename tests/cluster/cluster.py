"""A cluster as tests see it, whoever runs it."""

import base64
import json
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.cluster.client import Client, Manifest, Resource
from tests.cluster.waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]


class Cluster:
    """An API server that a test may use as its administrator."""

    def __init__(self, kubectl: Path, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig
        """Configuration of a client, as a cluster administrator."""
        self._kubectl = kubectl

    @cached_property
    def client(self) -> Client:
        """A connection as administrator."""
        return Client(self.kubeconfig)

    def resource(self, version: str, plural: str, namespace: str | None = None) -> Resource:
        """Return the objects of a kind, as `resource("batch/v1", "jobs", "models")`."""
        return self.client.resource(version, plural, namespace)

    def run(
        self, *arguments: str, document: str | None = None, kubeconfig: Path | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run kubectl, giving it a document on standard input; the exit status is the caller's to judge."""
        command = [str(self._kubectl), "--kubeconfig", str(kubeconfig or self.kubeconfig), *arguments]
        return subprocess.run(
            command, input=document, text=True, capture_output=True, timeout=60, check=False, cwd=ROOT
        )

    def kubectl(self, *arguments: str, document: str | None = None) -> str:
        """Run kubectl, which must succeed, and return what it prints."""
        ended = self.run(*arguments, document=document)
        assert ended.returncode == 0, f"kubectl {' '.join(arguments)}: {ended.stderr}"
        return ended.stdout

    def install_kinds(self) -> None:
        """Serve the project's kinds."""
        self.kubectl("apply", "--server-side", "-f", "crds/")
        self.kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f", "crds/")

    @contextmanager
    def temporary_namespace(self, prefix: str = "test") -> Iterator[str]:
        """Make a namespace, and have it deleted afterwards without waiting."""
        name = f"{prefix}-{uuid.uuid4().hex[:8]}"
        namespaces = self.resource("v1", "namespaces")
        namespaces.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        # Pods are refused until its ServiceAccount is there.
        accounts = self.resource("v1", "serviceaccounts", name)
        wait_for(lambda: accounts.find("default"), 120, f"ServiceAccount default of {name}")
        try:
            yield name
        finally:
            namespaces.delete(name)

    def service_account(self, namespace: str, name: str, folder: Path) -> Path:
        """Return the path of a kubeconfig, written into a folder, that acts as a ServiceAccount."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        request: Manifest = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        token = self.client.request("post", path, request)["status"]["token"]
        own = self.client.api.configuration
        return write_kubeconfig(
            folder / f"{namespace}-{name}.kubeconfig",
            str(own.host),
            Path(str(own.ssl_ca_cert)).read_text(),
            {"token": token},
        )

    def close(self) -> None:
        """Close the connections."""
        if "client" in self.__dict__:
            self.client.close()


def write_kubeconfig(path: Path, server: str, authority: str, user: Mapping[str, Any]) -> Path:
    """Write a client's configuration; JSON is YAML too."""
    data = base64.b64encode(authority.encode()).decode()
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": {"server": server, "certificate-authority-data": data}}],
        "users": [{"name": "test", "user": dict(user)}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        "current-context": "test",
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(content))
    return path
