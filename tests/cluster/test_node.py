"""The node runs real pods of the project's images."""

from pathlib import Path

import pytest

from tests.cluster import images
from tests.cluster.client import Manifest
from tests.cluster.layers import Image
from tests.cluster.namespaces import lacking, slot
from tests.cluster.node import NodeCluster
from tests.cluster.node import node_cluster as run_node
from tests.cluster.waiting import wait_for
from tests.support.parts import missing

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("node")]

RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def pod(name: str, image: Image, *arguments: str, **container: object) -> Manifest:
    main = {"name": "main", "image": image.name, "args": list(arguments), "securityContext": RESTRICTED}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"restartPolicy": "Never", "containers": [{**main, **container}]},
    }


def python(name: str, source: str, **container: object) -> Manifest:
    return pod(name, images.python(), command=["python", "-c", source], **container)


def run_pod(cluster: NodeCluster, namespace: str, manifest: Manifest) -> Manifest:
    """Run a pod to its end and return how its container ended."""
    pods = cluster.resource("v1", "pods", namespace)
    name = pods.create(manifest)["metadata"]["name"]

    def ended() -> Manifest | None:
        found = pods.get(name)
        return found if found["status"].get("phase") in ("Succeeded", "Failed") else None

    final = wait_for(ended, 60, f"the end of pod {name}")
    terminated: Manifest = final["status"]["containerStatuses"][0]["state"]["terminated"]
    return terminated


@pytest.fixture
def restricted(node_cluster: NodeCluster, node_namespace: str) -> str:
    """A namespace that admits only restricted pods."""
    label = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    node_cluster.resource("v1", "namespaces").patch(node_namespace, label)
    return node_namespace


def test_the_analyzer_runs_restricted_in_a_job(node_cluster: NodeCluster, restricted: str) -> None:
    jobs = node_cluster.resource("batch/v1", "jobs", restricted)
    template = {"spec": pod("job", images.analyzer(), "--version")["spec"]}
    jobs.create(
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "version"},
            "spec": {"backoffLimit": 0, "template": template},
        }
    )
    wait_for(lambda: jobs.get("version")["status"].get("succeeded"), 60, "a complete Job")
    pods = node_cluster.resource("v1", "pods", restricted)
    (ran,) = pods.list("batch.kubernetes.io/job-name=version")
    assert pods.log(ran["metadata"]["name"]).startswith("model-monitor 0.")


def test_a_termination_message_and_an_exit_code_arrive(node_cluster: NodeCluster, restricted: str) -> None:
    source = "import sys; open('/dev/termination-log', 'w').write('what it found'); sys.exit(12)"
    ended = run_pod(node_cluster, restricted, python("tells", source))
    assert (ended["exitCode"], ended["message"]) == (12, "what it found")


def test_a_container_over_its_limit_is_seen_as_such(node_cluster: NodeCluster, node_namespace: str) -> None:
    limits = {"limits": {"memory": "64Mi"}}
    hungry = python("hungry", "x = bytearray(300_000_000); print(len(x))", resources=limits)
    ended = run_pod(node_cluster, node_namespace, hungry)
    assert (ended["exitCode"], ended["reason"]) == (137, "OOMKilled")


def test_services_have_names_and_lead_to_pods(node_cluster: NodeCluster, node_namespace: str) -> None:
    server = python("server", "import http.server as h; h.test(h.SimpleHTTPRequestHandler, port=8080)")
    node_cluster.resource("v1", "pods", node_namespace).create(server)
    services = node_cluster.resource("v1", "services", node_namespace)
    for name, more in (("web", {}), ("each", {"clusterIP": "None"})):
        spec = {"selector": {"app": "server"}, "ports": [{"port": 8080}], **more}
        services.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec})
    source = (
        "import time, urllib.request as r\n"
        "def ask(name):\n"
        "    for _ in range(100):\n"
        "        try: return r.urlopen(f'http://{name}:8080/etc/group').read().decode()\n"
        "        except OSError: time.sleep(0.2)\n"
        f"print(ask('web') + ask('each.{node_namespace}.svc.cluster.local'))"
    )
    assert run_pod(node_cluster, node_namespace, python("client", source))["exitCode"] == 0
    seen = node_cluster.resource("v1", "pods", node_namespace).log("client")
    assert seen.count("nonroot:x:65532:") == 2


def test_a_pod_reaches_the_api_server_with_its_own_token(
    node_cluster: NodeCluster, node_namespace: str
) -> None:
    source = (
        "import ssl, urllib.request as r\n"
        "at = '/var/run/secrets/kubernetes.io/serviceaccount/'\n"
        "head = {'Authorization': 'Bearer ' + open(at + 'token').read()}\n"
        "trust = ssl.create_default_context(cafile=at + 'ca.crt')\n"
        "url = 'https://kubernetes.default.svc/version'\n"
        "print(r.urlopen(r.Request(url, headers=head), context=trust).read().decode())"
    )
    assert run_pod(node_cluster, node_namespace, python("asks", source))["exitCode"] == 0
    assert "gitVersion" in node_cluster.resource("v1", "pods", node_namespace).log("asks")


def test_an_image_that_is_nowhere_is_reported(node_cluster: NodeCluster, node_namespace: str) -> None:
    pods = node_cluster.resource("v1", "pods", node_namespace)
    pods.create(pod("absent", Image(f"{images.REGISTRY}/absent:test", ())))

    def reason() -> str:
        statuses = pods.get("absent")["status"].get("containerStatuses") or [{}]
        return str(statuses[0].get("state", {}).get("waiting", {}).get("reason", ""))

    wait_for(lambda: reason() in ("ErrImagePull", "ImagePullBackOff"), 30, "a failed pull")


def test_a_stopped_cluster_leaves_nothing_behind() -> None:
    if lacking():
        pytest.skip("reported by the fixture")
    with run_node() as second:
        home, link, cgroup = second.home, second.place.link, second.place.cgroup
        assert Path(f"/sys/class/net/{link}").exists()
    assert not home.exists()
    assert not Path(f"/sys/class/net/{link}").exists()
    assert not list(Path("/sys/fs/cgroup").glob(f"**/{cgroup}"))
    assert str(home) not in Path("/proc/mounts").read_text()
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline")]
    assert not [command for command in commands if str(home).encode() in command]


def test_nodes_of_two_cache_folders_have_places_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lacking():
        missing(lacking())
    with slot() as one:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        with slot() as other:
            assert one.number != other.number
