"""The command lines of a control plane."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.cluster.certificates import Authority, Pair

_AUDIT_POLICY: Final = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived", "ResponseStarted"],
    "rules": [{"level": "Metadata"}],
}


@dataclass(frozen=True)
class Options:
    """What differs between the clusters that tests need."""

    address: str = "127.0.0.1"
    """Where the API server listens; pods must be able to reach it where there are any."""

    services: str = "10.96.0.0/16"
    """The addresses of Services."""

    audit: bool = False
    """Whether to record who asked for what, for `ControlPlane.audit_log`."""

    admission: tuple[str, ...] = ()
    """Further admission plugins, such as OwnerReferencesPermissionEnforcement."""

    nodes_die: bool = False
    """Whether a node that stops reporting is given up, as it must be where nodes are real."""


@dataclass(frozen=True)
class Layout:
    """Where the files and ports of one control plane are."""

    home: Path
    address: str
    api_port: int
    etcd_port: int
    peer_port: int
    authority: Authority
    serving: Pair
    kubelet_client: Pair
    front_proxy_authority: Path
    front_proxy: Pair
    service_accounts: Path

    @property
    def audit_log(self) -> Path:
        """Lines of JSON, one for every request, where auditing is on."""
        return self.home / "audit.log"


def etcd(program: Path, layout: Layout) -> list[str]:
    """Return the command of etcd, which keeps nothing safe from a power cut."""
    client, peer = f"http://127.0.0.1:{layout.etcd_port}", f"http://127.0.0.1:{layout.peer_port}"
    return [
        str(program),
        f"--data-dir={layout.home / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
    ]


def api_server(program: Path, layout: Layout, options: Options) -> list[str]:
    """Return the command of the API server."""
    authority = layout.authority.certificate
    loopback = options.address == "127.0.0.1"
    command = [
        str(program),
        f"--etcd-servers=http://127.0.0.1:{layout.etcd_port}",
        f"--bind-address={options.address}",
        f"--secure-port={layout.api_port}",
        # A loopback address is refused as an endpoint of the Service `kubernetes`.
        "--endpoint-reconciler-type=none" if loopback else f"--advertise-address={options.address}",
        f"--service-cluster-ip-range={options.services}",
        f"--client-ca-file={authority}",
        f"--tls-cert-file={layout.serving.certificate}",
        f"--tls-private-key-file={layout.serving.key}",
        f"--kubelet-certificate-authority={authority}",
        f"--kubelet-client-certificate={layout.kubelet_client.certificate}",
        f"--kubelet-client-key={layout.kubelet_client.key}",
        "--kubelet-preferred-address-types=InternalIP",
        f"--requestheader-client-ca-file={layout.front_proxy_authority}",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={layout.front_proxy.certificate}",
        f"--proxy-client-key-file={layout.front_proxy.key}",
        "--authorization-mode=Node,RBAC",
        f"--enable-admission-plugins={','.join(('NodeRestriction', *options.admission))}",
        "--allow-privileged",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={layout.service_accounts}",
        f"--service-account-signing-key-file={layout.service_accounts}",
    ]
    return command + (_audit(layout) if options.audit else [])


def controller_manager(program: Path, layout: Layout, kubeconfig: Path, *, nodes_die: bool) -> list[str]:
    """Return the command of the controller manager."""
    command = [
        str(program),
        f"--kubeconfig={kubeconfig}",
        f"--service-account-private-key-file={layout.service_accounts}",
        f"--root-ca-file={layout.authority.certificate}",
        "--use-service-account-credentials",
        "--leader-elect=false",
        "--secure-port=0",
        # The default of 20 a second makes the first start take six seconds.
        "--kube-api-qps=300",
        "--kube-api-burst=600",
    ]
    return command if nodes_die else [*command, "--node-monitor-grace-period=24h"]


def scheduler(program: Path, kubeconfig: Path) -> list[str]:
    """Return the command of the scheduler."""
    return [str(program), f"--kubeconfig={kubeconfig}", "--leader-elect=false", "--secure-port=0"]


def _audit(layout: Layout) -> list[str]:
    policy = layout.home / "audit-policy.json"
    policy.write_text(json.dumps(_AUDIT_POLICY))
    return [
        f"--audit-policy-file={policy}",
        f"--audit-log-path={layout.audit_log}",
        "--audit-log-maxsize=500",
    ]
