"""A real etcd and kube-apiserver on loopback, for tests that need a server's own judgement."""

import json
import secrets
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.cluster import binaries


@dataclass(frozen=True)
class ControlPlane:
    """A running API server and how to reach it."""

    kubectl: Path
    """The client binary."""

    kubeconfig: Path
    """Its configuration, as a cluster administrator."""

    def run(self, *arguments: str, document: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run kubectl, giving it a document on standard input; the exit status is the caller's to judge."""
        command = [str(self.kubectl), "--kubeconfig", str(self.kubeconfig), *arguments]
        return subprocess.run(
            command, input=document, text=True, capture_output=True, timeout=60, check=False
        )


@contextmanager
def control_plane() -> Iterator[ControlPlane]:
    """Run etcd and kube-apiserver in a directory of their own until the context ends."""
    folder = binaries.kubernetes()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="model-monitor-cluster-")))
        token = secrets.token_hex(16)
        client, peer, api = _free_port(), _free_port(), _free_port()
        stack.enter_context(_process(home, "etcd", _etcd_command(home, client, peer)))
        server = _apiserver_command(folder, home, token, client, api)
        stack.enter_context(_process(home, "kube-apiserver", server))
        _wait_ready(f"https://127.0.0.1:{api}/readyz", token, home)
        kubeconfig = home / "kubeconfig"
        kubeconfig.write_text(json.dumps(_kubeconfig(home, token, api)))
        yield ControlPlane(folder / "kubectl", kubeconfig)


def _etcd_command(home: Path, client: int, peer: int) -> list[str]:
    urls = {"client": f"http://127.0.0.1:{client}", "peer": f"http://127.0.0.1:{peer}"}
    return [
        str(binaries.etcd()),
        f"--data-dir={home / 'etcd'}",
        f"--listen-client-urls={urls['client']}",
        f"--advertise-client-urls={urls['client']}",
        f"--listen-peer-urls={urls['peer']}",
        f"--initial-advertise-peer-urls={urls['peer']}",
        f"--initial-cluster=default={urls['peer']}",
        "--unsafe-no-fsync",
    ]


def _apiserver_command(folder: Path, home: Path, token: str, etcd: int, port: int) -> list[str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    service_accounts = home / "service-accounts.pem"
    service_accounts.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    tokens = home / "tokens.csv"
    tokens.write_text(f'{token},admin,admin,"system:masters"\n')
    return [
        str(folder / "kube-apiserver"),
        f"--etcd-servers=http://127.0.0.1:{etcd}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={home / 'certificates'}",
        f"--token-auth-file={tokens}",
        "--authorization-mode=RBAC",
        "--endpoint-reconciler-type=none",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={service_accounts}",
        f"--service-account-signing-key-file={service_accounts}",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--disable-admission-plugins=ServiceAccount",
    ]


def _kubeconfig(home: Path, token: str, port: int) -> dict[str, object]:
    cluster = {
        "server": f"https://127.0.0.1:{port}",
        "certificate-authority": str(home / "certificates" / "apiserver.crt"),
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
        "current-context": "test",
    }


@contextmanager
def _process(home: Path, name: str, command: list[str]) -> Iterator[None]:
    with (home / f"{name}.log").open("wb") as log:
        running = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=home)
        try:
            yield
        finally:
            running.terminate()
            try:
                running.wait(timeout=10)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


def _wait_ready(url: str, token: str, home: Path, seconds: float = 60) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(request, context=context, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    tail = "\n".join(
        f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-20:])
        for log in sorted(home.glob("*.log"))
    )
    raise RuntimeError(f"the API server was not ready after {seconds:.0f} s\n{tail}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
