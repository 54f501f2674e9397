"""The life of a DataCapture with a gateway."""

from typing import Any

import pytest

from model_monitor_operator.errors import RefusedError
from model_monitor_operator.naming import CONFIGURATION, OWNER_KIND, ROLL_OUT_REQUEST
from model_monitor_operator.objects import Key
from model_monitor_operator.reconcilers import reconcilers
from model_monitor_operator.settings import GatewaySettings, Settings
from tests.operator.life.gateway import (
    CAPTURE,
    DEPLOYMENT,
    KEY,
    NAME,
    a_gateway,
    add_service,
    conditions,
    identities,
    make_pods,
    message,
    report,
    serving,
)
from tests.operator.life.world import NAMESPACE, World

GENTLE = {
    "sampling": {"percentage": 10},
    "capture": ["Input"],
    "contentTypes": {"csv": ["text/plain"], "json": []},
    "headers": {"inferenceId": "X-Id", "customAttributes": "X-More"},
    "variant": "Canary",
    "maxBodyBytes": 10,
    "privacy": {"rules": [{"field": "note", "action": "Drop"}]},
    "payload": {"input": {"names": ["note"]}},
}
"""What changes while pods run."""


def template(world: World) -> dict[str, Any]:
    return dict(world.get("Deployment", NAME)["spec"]["template"])


def test_a_gateway_is_made_in_front_of_the_service_and_takes_requests_once_a_pod_is_ready() -> None:
    world = a_gateway()
    kinds = ("Deployment", "Service", "NetworkPolicy", "PodDisruptionBudget")
    assert [world.names(kind) for kind in kinds] == [[NAME], ["churn", NAME], [NAME], [NAME]]
    assert world.names("ConfigMap") == [template(world)["metadata"]["annotations"][CONFIGURATION]]
    assert conditions(world)["Ready"] == ("Unknown", "RollingOut")
    make_pods(world, "a", "b", ready=False)
    assert conditions(world)["Ready"] == ("Unknown", "RollingOut")
    make_pods(world, "c")
    assert conditions(world)["Ready"] == ("True", "Available")
    assert world.status("DataCapture", "churn")["url"] == f"http://{NAME}.models.svc:8080"


def test_nothing_is_written_while_nothing_changes_not_even_by_an_operator_that_begins_anew() -> None:
    world = serving()
    before = len(world.client.writes)
    world.wait(seconds=30)
    world.restart()
    world.wait(minutes=10)
    assert world.client.writes[before:] == []


@pytest.mark.parametrize("field", GENTLE)
def test_what_may_change_while_pods_run_reaches_their_files_and_replaces_none(field: str) -> None:
    world = serving()
    before, (name,) = template(world), world.names("ConfigMap")
    files = world.get("ConfigMap", name)["data"]
    world.client.change(KEY, **{f"spec__{field}": GENTLE[field]})
    world.settle()
    assert template(world) == before
    assert world.names("ConfigMap") == [name]
    changed = world.get("ConfigMap", name)["data"]
    assert changed["envoy.json"] == files["envoy.json"]
    assert (changed["routes.json"], changed["shipper.json"]) != (files["routes.json"], files["shipper.json"])


@pytest.mark.parametrize(
    "change",
    [
        {"spec__storage": {"uri": "s3://models/capture", "connection": {"secretRef": {"name": "other"}}}},
        {"spec__storage": {"uri": "pvc://records/capture"}},
        {"spec__gateway": {"spoolBytes": 2_097_152}},
        {"spec__source": {"service": {"name": "churn", "port": 9000}}},
        {
            "spec__privacy": {
                "rules": [{"field": "note", "action": "Hash"}],
                "hashKeyRef": {"name": "keys", "key": "hash"},
            }
        },
    ],
    ids=["secret", "claim", "spool", "port", "hash key"],
)
def test_pods_that_must_be_replaced_keep_the_files_that_they_were_made_for_until_they_are_gone(
    change: dict[str, Any],
) -> None:
    world = serving()
    (old,) = world.names("ConfigMap")
    files = world.get("ConfigMap", old)["data"]
    world.client.change(KEY, **change)
    world.settle()
    assert world.get("ConfigMap", old)["data"] == files
    new = template(world)["metadata"]["annotations"][CONFIGURATION]
    assert world.names("ConfigMap") == sorted([old, new])
    make_pods(world, "c", "d")
    world.client.change(DEPLOYMENT, status={"replicas": 3, "updatedReplicas": 2})
    for pod in ("a", "b"):
        world.client.remove(Key("Pod", NAMESPACE, pod))
    world.wait(seconds=30)
    assert world.names("ConfigMap") == sorted([old, new]), "another pod of before may be made"
    world.client.change(DEPLOYMENT, status={"replicas": 2, "updatedReplicas": 2})
    world.wait(seconds=30)
    assert world.names("ConfigMap") == [new]


def use_settings(world: World, **gateway: Any) -> None:
    """Let another operator begin."""
    world.restart()
    settings = Settings(analyzer_image="analyzer:1", gateway=GatewaySettings(**gateway))
    world._driver._reconcilers = reconcilers(settings)
    world.settle()


def images(world: World) -> list[str]:
    pod = template(world)["spec"]
    return [each["image"] for each in (*pod["containers"], *pod["initContainers"])]


def test_an_upgrade_leaves_gateways_running_until_something_else_replaces_their_pods() -> None:
    world = serving()
    before = template(world)
    use_settings(world, envoy_image="envoy:2", capture_image="capture:2")
    assert template(world) == before
    world.client.change(KEY, spec__gateway={"spoolBytes": 2_097_152})
    world.settle()
    assert images(world) == ["envoy:2", "capture:2"]


def test_a_person_may_ask_for_new_pods_and_with_them_for_new_images() -> None:
    world = serving()
    use_settings(world, envoy_image="envoy:2", capture_image="capture:2")
    world.client.change(KEY, metadata__annotations={ROLL_OUT_REQUEST: "please"})
    world.settle()
    assert images(world) == ["envoy:2", "capture:2"]
    asked = template(world)
    world.client.change(KEY, metadata__annotations={})
    world.settle()
    assert template(world) == asked, "a request that is taken away replaces nothing again"


def test_settings_that_change_pods_replace_them() -> None:
    world = serving()
    use_settings(world, envoy_image="envoy:2", shipper_resources={"requests": {"cpu": "1"}})
    assert images(world)[0] == "envoy:2"


def test_what_somebody_else_changes_is_changed_back() -> None:
    world = serving()
    world.client.change(DEPLOYMENT, spec__replicas=7)
    world.settle()
    assert world.get("Deployment", NAME)["spec"]["replicas"] == 2


def test_an_autoscaler_decides_how_many_pods_there_are_and_goes_when_it_is_not_wanted() -> None:
    world = serving(gateway={"autoscaling": {"minReplicas": 3}})
    assert "replicas" not in world.get("Deployment", NAME)["spec"]
    assert world.get("HorizontalPodAutoscaler", NAME)["spec"]["minReplicas"] == 3
    world.client.change(DEPLOYMENT, spec__replicas=7)
    world.settle()
    assert world.get("Deployment", NAME)["spec"]["replicas"] == 7
    world.client.change(KEY, spec__gateway={"replicas": 4})
    world.settle()
    assert world.get("Deployment", NAME)["spec"]["replicas"] == 4
    assert world.names("HorizontalPodAutoscaler") == []


def test_pods_that_an_autoscaler_takes_over_do_not_become_one_at_first() -> None:
    world = serving(gateway={"replicas": 6})
    world.client.change(KEY, spec__gateway={"autoscaling": {}})
    world.settle()
    assert world.get("Deployment", NAME)["spec"]["replicas"] == 6


def test_a_service_that_is_missing_or_has_no_such_port_is_told_and_found_when_it_comes() -> None:
    world = World()
    world.add("DataCapture", "churn", CAPTURE)
    assert conditions(world)["Ready"] == ("False", "ServiceNotFound")
    assert message(world) == (
        '`spec.source.service.name` must name a Service of namespace `models`, got "churn"; create it'
    )
    add_service(world, 80)
    world.wait(seconds=30)
    assert message(world) == (
        "`spec.source.service.port` must be a TCP port of the Service `churn`, got 8080; it has: 80"
    )
    datagrams = {"port": 8080, "protocol": "UDP"}
    world.client.change(Key("Service", NAMESPACE, "churn"), spec={"ports": [{"port": 80}, datagrams]})
    world.wait(seconds=30)
    assert "got 8080; it has: 80" in message(world)
    world.client.change(Key("Service", NAMESPACE, "churn"), spec={"ports": [{"port": 80}, {"port": 8080}]})
    make_pods(world, "a", "b")
    world.wait(seconds=30)
    assert conditions(world)["Ready"] == ("True", "Available")


@pytest.mark.parametrize(
    ("address", "target", "reason"),
    [
        ("None", 8000, "ServiceNotFound"),
        ("None", 8080, "RollingOut"),
        ("None", "http", "RollingOut"),
        ("10.0.0.1", 8000, "RollingOut"),
    ],
)
def test_a_headless_service_that_would_have_to_translate_its_port_is_told(
    address: str, target: int | str, reason: str
) -> None:
    world = World()
    add_service(world)
    ports = [{"port": 8080, "targetPort": target}]
    world.client.change(Key("Service", NAMESPACE, "churn"), spec={"clusterIP": address, "ports": ports})
    world.add("DataCapture", "churn", CAPTURE)
    assert conditions(world)["Ready"][1] == reason
    if reason == "ServiceNotFound":
        assert message(world) == (
            "the Service `churn` is headless, so requests go to port 8080 of its pods, "
            "which listen on 8000; give it a port 8000, or name a Service with an address"
        )


def test_a_gateway_is_not_put_in_front_of_itself() -> None:
    world = serving()
    world.client.change(KEY, spec__source={"service": {"name": NAME, "port": 8080}})
    world.settle()
    assert conditions(world)["Ready"] == ("False", "InvalidSpec")
    assert message(world) == (
        f"`spec.source.service.name` must not be a gateway's own Service, got \"{NAME}\"; name the model's"
    )


def test_a_gateway_is_not_put_in_front_of_another_one() -> None:
    world = serving()
    world.add("DataCapture", "second", {**CAPTURE, "source": {"service": {"name": NAME, "port": 8080}}})
    assert world.condition("DataCapture", "second", "Ready")["reason"] == "InvalidSpec"
    assert world.names("Deployment") == [NAME]


@pytest.mark.parametrize("own", [OWNER_KIND, "team"])
def test_a_service_that_selects_the_gateway_is_refused(own: str) -> None:
    world = World()
    add_service(world)
    labels = {OWNER_KIND: "DataCapture", "team": "a"}
    world.client.change(Key("Service", NAMESPACE, "churn"), spec__selector={own: labels[own]})
    world.add("DataCapture", "churn", {**CAPTURE, "gateway": {"podTemplate": {"labels": {"team": "a"}}}})
    assert conditions(world)["Ready"] == ("False", "InvalidSpec")
    assert message(world) == (
        "the Service `churn` selects this gateway's own pods, so requests would go round; "
        "let its selector choose the model's pods alone"
    )
    world.client.change(Key("Service", NAMESPACE, "churn"), spec__selector={own: labels[own], "app": "churn"})
    world.wait(seconds=30)
    assert conditions(world)["Ready"] == ("Unknown", "RollingOut")


def test_what_becomes_wrong_is_told_and_what_runs_goes_on_with_its_counts() -> None:
    world = serving()
    report(world, "a", records=5)
    world.wait(seconds=30)
    before = identities(world, "Deployment", "Service", "ConfigMap")
    sources: tuple[dict[str, Any], ...] = (
        {"files": {"uri": "s3://x/y", "format": "CSV"}},
        {"cloudEvents": {}},
    )
    for source in sources:
        world.client.change(KEY, spec={"source": source, "storage": CAPTURE["storage"]})
        world.settle()
        assert conditions(world)["Ready"] == ("False", "InvalidSpec")
    world.client.change(KEY, spec={**CAPTURE, "source": {"service": {"name": "churn", "port": 0}}})
    world.settle()
    assert conditions(world)["Ready"] == ("False", "InvalidSpec")
    assert identities(world, "Deployment", "Service", "ConfigMap") == before
    status = world.status("DataCapture", "churn")
    assert (status["records"], status["url"]) == (5, f"http://{NAME}.models.svc:8080")


def test_names_that_are_taken_are_left_alone() -> None:
    world = World()
    add_service(world)
    add_service(world, name=NAME)
    theirs = world.get("Service", NAME)
    world.add("DataCapture", "churn", CAPTURE)
    assert conditions(world)["Ready"] == ("False", "NameConflict")
    assert message(world) == (f"the Service `{NAME}` belongs to nobody; remove it or rename this DataCapture")
    assert world.get("Service", NAME) == theirs
    assert "url" not in world.status("DataCapture", "churn"), "theirs would answer there"


def test_what_the_api_server_does_not_take_is_told() -> None:
    world = World()
    add_service(world)
    world.client.refused["Deployment"] = RefusedError("no such field")
    world.add("DataCapture", "churn", CAPTURE)
    assert message(world) == f"the Deployment `{NAME}` is refused: no such field"
    world.client.refused.clear()
    world.wait(seconds=30)
    assert conditions(world)["Ready"] == ("Unknown", "RollingOut")


def test_deleting_it_leaves_nothing_and_asks_for_no_finalizer() -> None:
    world = serving()
    assert "finalizers" not in world.get("DataCapture", "churn")["metadata"]
    world.client.remove(KEY)
    assert [key.name for key in world.client.things if key.kind != "Event"] == ["churn"], (
        "the model's Service"
    )


EVENTS: dict[str, Any] = {"source": {"cloudEvents": {}}, "storage": {"uri": "s3://models/capture"}}


def test_a_sink_takes_events_at_the_port_of_http_and_needs_no_service() -> None:
    world = World()
    world.add("DataCapture", "churn", EVENTS)
    make_pods(world, "a", "b")
    report(world, "a", records=3)
    report(world, "b")
    world.wait(seconds=30)
    assert conditions(world)["Ready"] == ("True", "Available")
    status = world.status("DataCapture", "churn")
    assert (status["url"], status["records"]) == (f"http://{NAME}.models.svc:80", 3)
    assert world.get("Service", NAME)["spec"]["sessionAffinity"] == "ClientIP"
    before = template(world)
    use_settings(world, envoy_image="envoy:2", capture_image="capture:2")
    assert template(world) == before
    (name,) = world.names("ConfigMap")
    world.client.change(KEY, spec__sampling={"percentage": 1}, spec__gateway={"flushInterval": "5s"})
    world.settle()
    assert template(world) == before
    assert world.names("ConfigMap") == [name]
    assert '"percentage":1' in world.get("ConfigMap", name)["data"]["sink.json"]


def test_a_window_that_no_sink_takes_is_refused_and_no_pod_is_made() -> None:
    world = World()
    world.add("DataCapture", "churn", {**EVENTS, "source": {"cloudEvents": {"joinWindow": "61m"}}})
    assert message(world) == ('`spec.source.cloudEvents.joinWindow` must be at most 3600 seconds, got "61m"')
    assert world.names("Deployment") == []


def test_a_sink_does_not_become_a_gateway_while_it_runs() -> None:
    world = World()
    add_service(world)
    world.add("DataCapture", "churn", EVENTS)
    before = template(world)
    world.client.change(KEY, spec=CAPTURE)
    world.settle()
    assert "must stay what it was" in message(world)
    assert template(world) == before
