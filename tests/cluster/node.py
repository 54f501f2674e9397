"""A cluster with a real node: kubelet, containerd and kube-proxy behind walls of their own."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from tests.cluster import binaries, images, node_files
from tests.cluster.client import Client, Manifest
from tests.cluster.commands import Options
from tests.cluster.control_plane import ControlPlane
from tests.cluster.dns import DomainNames
from tests.cluster.image_store import Containerd
from tests.cluster.layers import Image
from tests.cluster.namespaces import Namespaces, Slot, slot
from tests.cluster.waiting import wait_for

START_SECONDS: Final = 60


class NodeCluster(ControlPlane):
    """A control plane, one node, and cluster DNS."""

    def __init__(self, home: Path, place: Slot, options: Options) -> None:
        super().__init__(home, options)
        self.place = place
        """The addresses of the node, and of this machine as its pods see it."""
        self.namespaces = Namespaces(place, home)
        self._parts = ExitStack()

    def start(self) -> None:
        """Start everything; pods can run when this returns."""
        self.namespaces.start()
        self._parts.callback(self.namespaces.stop)
        super().start()
        names = DomainNames(Client(self.kubeconfig), self.place.host)
        self._parts.callback(names.stop)
        names.start()
        node_files.network(self.home, self.place)
        self.containerd = Containerd(self.namespaces, self.home, images.pause())
        self.containerd.start(images.bases())
        self._start_node()

    def stop(self) -> None:
        """End the node at once, then the control plane."""
        self._parts.close()
        super().stop()

    def load(self, image: Image) -> None:
        """Make an image, or what changed of it, present on the node."""
        self.containerd.load(image)

    def ready(self) -> bool:
        """Whether the node accepts pods."""
        node = self.resource("v1", "nodes").find(node_files.NAME)
        return node is not None and _is_ready(node) and not node["spec"].get("taints")

    def _start_node(self) -> None:
        programs = binaries.kubernetes(binaries.NODE)
        identity = f"system:node:{node_files.NAME}"
        serving = self.authority.issue("kubelet", hosts=[self.place.node, node_files.NAME])
        self.kubelet = self.namespaces.process(
            "kubelet",
            programs["kubelet"],
            f"--config={node_files.kubelet(self.home, self.place, self.authority, serving)}",
            f"--kubeconfig={self.user(identity, 'system:nodes')}",
            f"--root-dir={self.home / 'kubelet'}",
            f"--hostname-override={node_files.NAME}",
            f"--node-ip={self.place.node}",
        )
        proxy = node_files.proxy(self.home, self.place, self.user("system:kube-proxy"))
        self.proxy = self.namespaces.process("kube-proxy", programs["kube-proxy"], f"--config={proxy}")
        self.kubelet.start()
        self.proxy.start()
        try:
            wait_for(self.ready, START_SECONDS, "a ready node")
        except AssertionError as problem:
            parts = (self.containerd.process, self.kubelet, self.proxy)
            raise RuntimeError("\n".join([str(problem), *(part.tail() for part in parts)])) from None


@contextmanager
def node_cluster(loaded: Iterable[Image] = ()) -> Iterator[NodeCluster]:
    """Run a cluster with a node until the context ends, and leave nothing of it behind.

    Parameters
    ----------
    loaded
        Images that its pods may use.

    Raises
    ------
    binaries.BinariesMissingError
        If its programs are not here and can't be built.
    """
    with slot() as place:
        place.home.mkdir(mode=0o700, parents=True)
        options = Options(address=place.host, services=place.services, nodes_die=True)
        running = NodeCluster(place.home, place, options)
        try:
            running.start()
            for image in loaded:
                running.load(image)
            yield running
        finally:
            running.stop()


def _is_ready(node: Manifest) -> bool:
    conditions = node["status"].get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
