"""A model's Service in a namespace, and somebody who calls it through a capture gateway."""

import http.client
import json
from typing import Any, Final
from urllib.request import urlopen

from tests.cluster import images
from tests.cluster.client import Manifest
from tests.cluster.end_to_end.bank import PATIENCE
from tests.cluster.node import NodeCluster
from tests.cluster.watched import Watched
from tests.support.s3 import CREDENTIALS, S3Bucket

MODEL: Final = "churn"
PORT: Final = 8501
GATEWAY: Final = "mmdc-churn"
OURS: Final = "modelmonitor.dev/owner-kind=DataCapture"
CHILDREN: Final = (
    *("ConfigMap", "Service", "NetworkPolicy", "PodDisruptionBudget", "Deployment", "ReplicaSet", "Pod"),
)
_RESTRICTED: Final = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
_SOURCE: Final = """
import http.server, time

class Model(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(float(self.headers.get("X-Seconds", 0)))
        answer = b"0.5\\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass

class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128

Server(("", 8080), Model).serve_forever()
"""


class Traffic(Watched):
    """A namespace with a model, a DataCapture of it, and calls.

    Parameters
    ----------
    cluster
        Where it is.
    namespace
        Its namespace.
    bucket
        Where records go.
    """

    def __init__(self, cluster: NodeCluster, namespace: str, bucket: S3Bucket) -> None:
        super().__init__(cluster, namespace)
        self.bucket = bucket
        self.connection = {
            "endpoint": bucket.endpoint,
            "region": "us-east-1",
            "secretRef": {"name": "store"},
        }

    def serve_model(self) -> None:
        """Let a model server run behind a Service."""
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "store"}}
        self.of("Secret").create({**secret, "stringData": CREDENTIALS})
        container = {
            "name": "model",
            "image": images.python().name,
            "command": ["python", "-c", _SOURCE],
            "securityContext": _RESTRICTED,
            "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1},
        }
        self.of("Pod").create(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": MODEL, "labels": {"app": MODEL}},
                "spec": {"containers": [container], "terminationGracePeriodSeconds": 1},
            }
        )
        spec = {"selector": {"app": MODEL}, "ports": [{"port": PORT, "targetPort": 8080}]}
        self.of("Service").create(
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": MODEL}, "spec": spec}
        )

    def spec(self, **fields: Any) -> dict[str, Any]:
        """Return the spec of the DataCapture."""
        small = {"requests": {"cpu": "100m", "memory": "64Mi"}}
        return {
            "source": {"service": {"name": MODEL, "port": PORT}},
            "storage": {"uri": self.bucket.uri("capture"), "connection": self.connection},
            "payload": {"input": {"names": ["age", "income"]}, "output": {"names": ["score"]}},
            "gateway": {"replicas": 2, "flushInterval": "1s", "podTemplate": {"resources": small}},
            **fields,
        }

    def caller(self, name: str = GATEWAY, port: int = PORT) -> http.client.HTTPConnection:
        """Return a connection to the Service of a gateway or sink, from outside the cluster."""
        service = self.of("Service").get(name)["spec"]
        assert [each["port"] for each in service["ports"]] == [port]
        return http.client.HTTPConnection(service["clusterIP"], port, timeout=PATIENCE)

    def look_again(self) -> None:
        """Make the operator ask the shippers before it is time."""
        self.of("DataCapture").patch(MODEL, {"metadata": {"labels": {"look": "again"}}})

    def pods(self, name: str = MODEL) -> list[Manifest]:
        """Return the pods of a DataCapture."""
        return self.of("Pod").list(f"modelmonitor.dev/owner-name={name}")

    def counted(self, outcome: str) -> int:
        """Return how many requests the gateway's pods say to have had of an outcome."""
        wanted = f'model_monitor_capture_requests{{outcome="{outcome}"}} '
        total = 0
        for pod in self.pods():
            with urlopen(f"http://{pod['status']['podIP']}:9090/metrics", timeout=10) as answer:
                lines = answer.read().decode().splitlines()
            total += sum(int(float(line.rpartition(" ")[2])) for line in lines if line.startswith(wanted))
        return total

    def left(self) -> list[str]:
        """Return what is there of the gateway."""
        return [
            f"{kind}/{each['metadata']['name']}" for kind in CHILDREN for each in self.of(kind).list(OURS)
        ]

    def told(self) -> str:
        """Return what kubectl would show, for messages of failed tests."""
        status = {name: self.status("DataCapture", name) for name in self.names("DataCapture")}
        pods = [each["status"] for each in self.pods()]
        return f"{super().told()}\n{json.dumps({'captures': status, 'pods': pods}, indent=1)}"


def call(connection: http.client.HTTPConnection, name: str, body: str = "", seconds: float = 0) -> None:
    """Ask the model on a connection that stays open, and check the answer."""
    headers = {"Content-Type": "text/csv", "X-Amzn-SageMaker-Inference-Id": name}
    if seconds:
        headers["X-Seconds"] = str(seconds)
    connection.request("POST", "/invocations", body or f"{len(name)},1", headers)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"0.5\n")


def send_event(connection: http.client.HTTPConnection, name: str, side: str, body: str) -> None:
    """Send an event as KServe's logger does, on a connection that stays open."""
    headers = {
        "Content-Type": "text/csv",
        "Ce-Specversion": "1.0",
        "Ce-Id": name,
        "Ce-Type": f"org.kubeflow.serving.inference.{side}",
        "Ce-Source": "http://churn.models/",
    }
    connection.request("POST", "/", body, headers)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"")
