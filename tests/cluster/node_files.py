"""The configuration of what runs on a node."""

import json
import shutil
from pathlib import Path
from typing import Any, Final

from tests.cluster.certificates import Authority, Pair
from tests.cluster.namespaces import Slot

NAME: Final = "node-1"
_PLUGINS: Final = ("/usr/lib/cni", "/opt/cni/bin")


def containerd(home: Path, sandbox_image: str) -> Path:
    """Write the configuration of containerd.

    This machine may lack the right to lower a process' chance of being killed when memory ends, and AppArmor.
    """
    folder = home / "containerd"
    plugins = next((each for each in _PLUGINS if Path(each, "bridge").exists()), _PLUGINS[0])
    lines = f"""
version = 2
root = "{image_store(home)}"
state = "{folder}/state"
[grpc]
address = "{socket(home)}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{sandbox_image}"
restrict_oom_score_adj = true
disable_apparmor = true
netns_mounts_under_state_dir = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{plugins}"
conf_dir = "{home}/cni"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
BinaryName = "{shutil.which("runc")}"
"""
    folder.mkdir()
    path = folder / "config.toml"
    path.write_text(lines)
    return path


def image_store(home: Path) -> Path:
    """Return where containerd keeps images."""
    return home / "containerd" / "root"


def socket(home: Path) -> Path:
    """Return the address of containerd."""
    return home / "containerd.sock"


def network(home: Path, place: Slot) -> None:
    """Write the configuration of the pods' network: one bridge, no translation of addresses."""
    bridge = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "hairpinMode": True,
        "ipMasq": False,
        "ipam": {
            "type": "host-local",
            "ranges": [[{"subnet": place.pods}]],
            "routes": [{"dst": "0.0.0.0/0"}],
            "dataDir": f"{home}/addresses",
        },
    }
    folder = home / "cni"
    folder.mkdir()
    document = {"cniVersion": "1.0.0", "name": "pods", "plugins": [bridge]}
    (folder / "10-pods.conflist").write_text(json.dumps(document))


def kubelet(home: Path, place: Slot, authority: Authority, serving: Pair) -> Path:
    """Write the configuration of kubelet."""
    return _document(
        home / "kubelet.json",
        "kubelet.config.k8s.io/v1beta1",
        "KubeletConfiguration",
        address=place.node,
        containerRuntimeEndpoint=f"unix://{socket(home)}",
        authentication={
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(authority.certificate)},
        },
        authorization={"mode": "Webhook"},
        tlsCertFile=str(serving.certificate),
        tlsPrivateKeyFile=str(serving.key),
        clusterDomain="cluster.local",
        clusterDNS=[place.host],
        resolvConf="",
        cgroupDriver="cgroupfs",
        cgroupRoot=f"/{place.cgroup}",
        failCgroupV1=False,
        failSwapOn=False,
        oomScoreAdj=0,
        makeIPTablesUtilChains=False,
        # What was loaded for tests must stay, however full the machine is.
        imageGCHighThresholdPercent=100,
        imageGCLowThresholdPercent=99,
        evictionHard={"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        volumePluginDir=str(home / "volume-plugins"),
        podLogsDir=str(home / "pod-logs"),
        # Tests wait for these.
        syncFrequency="10s",
        nodeStatusUpdateFrequency="5s",
        shutdownGracePeriod="0s",
    )


def proxy(home: Path, place: Slot, kubeconfig: Path) -> Path:
    """Write the configuration of kube-proxy."""
    untouched = {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"}
    return _document(
        home / "kube-proxy.json",
        "kubeproxy.config.k8s.io/v1alpha1",
        "KubeProxyConfiguration",
        mode="nftables",
        clientConnection={"kubeconfig": str(kubeconfig)},
        hostnameOverride=NAME,
        clusterCIDR=place.pods,
        conntrack=untouched,
        oomScoreAdj=0,
        metricsBindAddress=f"{place.node}:10249",
        healthzBindAddress=f"{place.node}:10256",
    )


def _document(path: Path, version: str, kind: str, **fields: Any) -> Path:
    path.write_text(json.dumps({"apiVersion": version, "kind": kind, **fields}))
    return path
