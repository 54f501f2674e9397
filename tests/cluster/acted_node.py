"""A node that only pretends to run pods, so that real controllers act on how they ended."""

import datetime as dt
import threading
from collections.abc import Mapping
from typing import Any, Final

from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from tests.cluster.client import Client, Manifest
from tests.cluster.cluster import Cluster
from tests.cluster.waiting import wait_for

JOB: Final = "batch.kubernetes.io/job-name"
FINISHED: Final = ("Succeeded", "Failed")
KILLED: Final = 137
"""Exit code of a container that was ended by SIGKILL."""


class ActedNode:
    """A node to which the scheduler binds pods; a test says what becomes of each.

    What no test decides it does as a kubelet would: a pod that is deleted ends and goes away.
    """

    def __init__(self, cluster: Cluster, name: str = "acted") -> None:
        self.name = name
        self._cluster = cluster
        self._client = Client(cluster.kubeconfig)
        self._nodes = cluster.resource("v1", "nodes")
        self._ended = threading.Event()
        self._kubelet = threading.Thread(target=self._remove_deleted_pods, daemon=True)

    def start(self) -> None:
        """Join the cluster."""
        room = {"cpu": "10000", "memory": "10000Gi", "pods": "100000", "ephemeral-storage": "10000Gi"}
        self._nodes.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": self.name}})
        ready = {"type": "Ready", "status": "True", "reason": "Acted", "lastHeartbeatTime": _now()}
        status = {"capacity": room, "allocatable": room, "conditions": [ready]}
        self._nodes.patch(self.name, {"status": status}, "status")
        self._kubelet.start()

    def stop(self) -> None:
        """Stop acting."""
        self._ended.set()
        self._kubelet.join()
        self._client.close()

    def schedulable(self, allowed: bool) -> None:
        """Accept new pods or not; where none are, they stay Pending as Unschedulable."""
        self._nodes.patch(self.name, {"spec": {"unschedulable": not allowed}})

    def pod_of(self, namespace: str, job: str, seconds: float = 30) -> Manifest:
        """Return the pod of a Job that is bound to this node and has not ended, waiting for it."""
        pods = self._cluster.resource("v1", "pods", namespace)

        def bound() -> Manifest | None:
            for pod in pods.list(f"{JOB}={job}"):
                current = pod["status"].get("phase") not in FINISHED
                if current and pod["spec"].get("nodeName") and "deletionTimestamp" not in pod["metadata"]:
                    return pod
            return None

        return wait_for(bound, seconds, f"a pod of Job {namespace}/{job} on node {self.name}")

    def run(self, namespace: str, job: str) -> Manifest:
        """Let the pod of a Job begin to run."""
        pod = self.pod_of(namespace, job)
        return self._set(pod, {"phase": "Running"}, {"running": {"startedAt": _now()}})

    def hold(self, namespace: str, job: str, reason: str, message: str = "") -> Manifest:
        """Let the pod of a Job hang before it runs, as by `ImagePullBackOff`."""
        state = {"waiting": {"reason": reason, "message": message}}
        return self._set(self.pod_of(namespace, job), {"phase": "Pending"}, state)

    def finish(
        self,
        namespace: str,
        job: str,
        exit_code: int = 0,
        message: str = "",
        *,
        reason: str = "",
        containers: Mapping[str, int] | None = None,
    ) -> Manifest:
        """Let the pod of a Job end.

        Parameters
        ----------
        exit_code, message
            How every container ended, and its termination message.
        reason
            As kubelet words it, such as `OOMKilled`; by default `Completed` or `Error`.
        containers
            Exit codes of containers that ended otherwise.
        """
        pod = self.run(namespace, job)
        codes = {each["name"]: exit_code for each in pod["spec"]["containers"]} | dict(containers or {})
        phase = "Failed" if any(codes.values()) else "Succeeded"
        states = {
            name: {
                "terminated": {
                    "exitCode": code,
                    "reason": reason or ("Error" if code else "Completed"),
                    "message": message if code == exit_code else "",
                    "startedAt": pod["status"]["startTime"],
                    "finishedAt": _now(),
                }
            }
            for name, code in codes.items()
        }
        return self._patch(pod, {"phase": phase, "containerStatuses": _containers(pod, states)})

    def evict(self, namespace: str, job: str) -> Manifest:
        """Let the kubelet evict the pod of a Job, as under memory pressure."""
        message = "The node was low on resource: memory."
        pod = self.pod_of(namespace, job)
        disrupted = {
            "type": "DisruptionTarget",
            "status": "True",
            "reason": "TerminationByKubelet",
            "message": message,
            "lastTransitionTime": _now(),
        }
        own = [each for each in pod["status"].get("conditions", []) if each["type"] != "DisruptionTarget"]
        status = {"phase": "Failed", "reason": "Evicted", "message": message}
        return self._patch(pod, {**status, "conditions": [*own, disrupted]})

    def _set(self, pod: Manifest, status: Manifest, state: Manifest) -> Manifest:
        states = {each["name"]: state for each in pod["spec"]["containers"]}
        started = pod["status"].get("startTime") or _now()
        return self._patch(
            pod, {**status, "startTime": started, "containerStatuses": _containers(pod, states)}
        )

    def _patch(self, pod: Manifest, status: Manifest) -> Manifest:
        pods = self._cluster.resource("v1", "pods", pod["metadata"]["namespace"])
        return pods.patch(pod["metadata"]["name"], {"status": status}, "status")

    def _remove_deleted_pods(self) -> None:
        everywhere = self._client.resource("v1", "pods")
        while not self._ended.wait(0.3):
            try:
                for pod in everywhere.list(fields=f"spec.nodeName={self.name}"):
                    if "deletionTimestamp" in pod["metadata"]:
                        self._remove(pod)
            except (ApiException, HTTPError, OSError):  # a test may have stopped the API server
                continue

    def _remove(self, pod: Manifest) -> None:
        """End a pod and confirm that it has, in the order in which a kubelet does."""
        pods = self._client.resource("v1", "pods", pod["metadata"]["namespace"])
        name = pod["metadata"]["name"]
        if pod["status"].get("phase") not in FINISHED:
            killed = {"exitCode": KILLED, "reason": "Error", "finishedAt": _now()}
            states = {each["name"]: {"terminated": killed} for each in pod["spec"]["containers"]}
            status = {"phase": "Failed", "containerStatuses": _containers(pod, states)}
            pods.patch(name, {"status": status}, "status")
        pods.delete(name, grace=0)


def _containers(pod: Manifest, states: Mapping[str, Any]) -> list[Manifest]:
    """Return what a kubelet says of a pod's containers."""
    return [
        {
            "name": each["name"],
            "image": each["image"],
            "imageID": "",
            "ready": "running" in states[each["name"]],
            "started": "running" in states[each["name"]],
            "restartCount": 0,
            "state": states[each["name"]],
        }
        for each in pod["spec"]["containers"]
    ]


def _now() -> str:
    return f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
