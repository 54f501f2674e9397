"""A control plane of our own, each part of which a test may stop."""

import ipaddress
import json
import shutil
import ssl
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.cluster import binaries
from tests.cluster.certificates import Authority, signing_key
from tests.cluster.cluster import Cluster, write_kubeconfig
from tests.cluster.commands import Layout, Options, api_server, controller_manager, etcd, scheduler
from tests.cluster.processes import Process
from tests.cluster.waiting import wait_for
from tests.support.ports import free_port

START_SECONDS: Final = 60


class ControlPlane(Cluster):
    """A running control plane in a directory of its own."""

    def __init__(self, home: Path, options: Options) -> None:
        programs = binaries.kubernetes()
        self.home = home
        self.layout = _layout(home, options)
        self.authority = self.layout.authority
        """Issues the certificates of its users and nodes."""
        super().__init__(programs["kubectl"], self.user("admin", "system:masters"))
        self.etcd = Process("etcd", etcd(binaries.etcd(), self.layout), home)
        self.api_server = Process(
            "kube-apiserver", api_server(programs["kube-apiserver"], self.layout, options), home
        )
        self.controller_manager = Process(
            "kube-controller-manager",
            controller_manager(
                programs["kube-controller-manager"],
                self.layout,
                self.user("system:kube-controller-manager"),
                nodes_die=options.nodes_die,
            ),
            home,
        )
        self.scheduler = Process(
            "kube-scheduler",
            scheduler(programs["kube-scheduler"], self.user("system:kube-scheduler")),
            home,
        )
        self.processes = (self.etcd, self.api_server, self.controller_manager, self.scheduler)

    @property
    def server(self) -> str:
        """The address of the API server."""
        return f"https://{self.layout.address}:{self.layout.api_port}"

    def user(self, name: str, *groups: str) -> Path:
        """Return the path of a kubeconfig that acts as a user of these groups."""
        pair = self.authority.issue(name, groups=groups)
        return write_kubeconfig(
            pair.certificate.with_suffix(".kubeconfig"),
            f"https://{self.layout.address}:{self.layout.api_port}",
            self.authority.certificate.read_text(),
            {"client-certificate": str(pair.certificate), "client-key": str(pair.key)},
        )

    def start(self) -> None:
        """Start everything, in order; the API server serves when this returns."""
        for process in self.processes:
            if not process.running:
                process.start()
            if process is self.api_server:
                self.wait_ready()

    def stop(self) -> None:
        """End everything at once; none of it is needed again."""
        self.close()
        for process in reversed(self.processes):
            process.kill()

    def restart_api_server(self) -> None:
        """Kill the API server and start it again with its data, on its port."""
        self.api_server.kill()
        self.api_server.start()
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until the API server says that it is ready."""
        try:
            wait_for(self._ready, START_SECONDS, "a ready API server")
        except AssertionError as problem:
            tails = "\n".join(process.tail() for process in self.processes)
            raise RuntimeError(f"{problem}\n{tails}") from None

    def compact(self) -> None:
        """Forget the history of all objects, as etcd does every five minutes.

        The API server still answers from its own memory what it saw, until it is restarted.
        """
        revision = self._etcd("range", {"key": "Lw==", "limit": 1})["header"]["revision"]
        self._etcd("compaction", {"revision": revision, "physical": True})

    def audit_log(self) -> list[dict[str, Any]]:
        """Return what was asked of the API server so far: an event for every request."""
        return [json.loads(line) for line in self.layout.audit_log.read_text().splitlines()]

    def _ready(self) -> bool:
        if not self.api_server.running:
            raise AssertionError("the API server ended")
        request = urllib.request.Request(f"{self.server}/readyz")
        admin = self.home / "admin.crt", self.home / "admin.key"
        context = ssl.create_default_context(cafile=str(self.authority.certificate))
        context.load_cert_chain(*map(str, admin))
        try:
            with urllib.request.urlopen(request, context=context, timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def _etcd(self, call: str, body: dict[str, Any]) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.layout.etcd_port}/v3/kv/{call}"
        request = urllib.request.Request(url, data=json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


@contextmanager
def control_plane(options: Options | None = None) -> Iterator[ControlPlane]:
    """Run a control plane until the context ends, and leave nothing of it behind.

    Raises
    ------
    binaries.BinariesMissingError
        If its programs are not here and can't be built.
    """
    home = Path(tempfile.mkdtemp(prefix="model-monitor-cluster-"))
    try:
        running = ControlPlane(home, options or Options())
        try:
            running.start()
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(home)


def _layout(home: Path, options: Options) -> Layout:
    authority = Authority(home)
    # The Service `kubernetes` gets the first address of the range.
    hosts = [options.address, str(ipaddress.ip_network(options.services)[1]), "kubernetes.default.svc"]
    return Layout(
        home=home,
        address=options.address,
        api_port=free_port(),
        etcd_port=free_port(),
        peer_port=free_port(),
        authority=authority,
        serving=authority.issue("kube-apiserver", hosts=hosts),
        kubelet_client=authority.issue("kube-apiserver-kubelet-client", groups=["system:masters"]),
        front_proxy_authority=(front := Authority(home, "front-proxy-authority")).certificate,
        front_proxy=front.issue("front-proxy-client"),
        service_accounts=signing_key(home / "service-accounts.key"),
    )
