"""A DataCapture of a Service in the small world: what its pods' owners and shippers do."""

from typing import Any, Final

from model_monitor_api.contract.shipper import ShipperReport
from model_monitor_operator.objects import Key, Object, uid_of, written
from model_monitor_operator.ownership import owner_of
from tests.operator.life.world import NAMESPACE, World

NAME: Final = "mmdc-churn"
CAPTURE: Final[dict[str, Any]] = {
    "source": {"service": {"name": "churn", "port": 8080}},
    "storage": {"uri": "s3://models/capture", "connection": {"secretRef": {"name": "store"}}},
}
KEY: Final = Key("DataCapture", NAMESPACE, "churn")
DEPLOYMENT: Final = Key("Deployment", NAMESPACE, NAME)


def add_service(world: World, port: int = 8080, name: str = "churn") -> None:
    """Let a model's Service be there."""
    world.client.create(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {"ports": [{"port": port}]},
        }
    )


def a_gateway(**spec: Any) -> World:
    """Return a world with a gateway that is wanted, and whose pods nobody has made yet."""
    world = World()
    add_service(world)
    world.add("DataCapture", "churn", {**CAPTURE, **spec})
    return world


def make_pods(world: World, *names: str, ready: bool = True, **status: Any) -> None:
    """Let the Deployment's controllers make pods of its present template."""
    deployment = world.get("Deployment", NAME)
    template = deployment["spec"]["template"]
    name = f"{NAME}-{len(world.names('ReplicaSet'))}"
    replica_set = world.client.create(
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": name,
                "namespace": NAMESPACE,
                "labels": template["metadata"]["labels"],
                "ownerReferences": [owner_of(deployment).reference()],
            },
            "spec": {},
        }
    )
    for pod in names:
        world.client.create(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": pod,
                    "namespace": NAMESPACE,
                    **{part: template["metadata"][part] for part in ("labels", "annotations")},
                    "ownerReferences": [owner_of(replica_set).reference()],
                },
                "spec": template["spec"],
                "status": {
                    "phase": "Running" if ready else "Pending",
                    "startTime": written(world.now),
                    "conditions": [{"type": "Ready", "status": str(ready)}],
                    **status,
                },
            }
        )
    world.settle()


def report(world: World, pod: str, **fields: Any) -> None:
    """Let a pod's shipper say something from now on."""
    document = {"instance": pod, "records": 0, "dropped": 0, **fields}
    world.reports[pod] = ShipperReport.model_validate(document).encoded()


def conditions(world: World) -> dict[str, tuple[str, str]]:
    """Return status and reason of the DataCapture's conditions."""
    found = world.status("DataCapture", "churn")["conditions"]
    return {each["type"]: (each["status"], each["reason"]) for each in found}


def message(world: World, type_: str = "Ready") -> str:
    """Return the message of a condition."""
    return str(world.condition("DataCapture", "churn", type_)["message"])


def identities(world: World, *kinds: str) -> dict[str, str]:
    """Return which objects of kinds there are, by name."""
    things: list[Object] = [thing for key, thing in world.client.things.items() if key.kind in kinds]
    return {thing["metadata"]["name"]: uid_of(thing) for thing in things}


def serving(**spec: Any) -> World:
    """Return a world with a gateway of two pods that take requests."""
    world = a_gateway(**spec)
    make_pods(world, "a", "b")
    for pod in ("a", "b"):
        report(world, pod)
    world.wait(seconds=30)
    return world
