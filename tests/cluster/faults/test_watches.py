"""Watches that are deaf, and kinds that change under them."""

import json
from pathlib import Path

import pytest
import yaml

from tests.cluster.cluster import ROOT
from tests.cluster.faults.proxy import Proxy
from tests.cluster.faults.together import Scene, with_own_operators
from tests.operator.life.manifests import SCHEDULE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@with_own_operators
def test_watches_that_tell_nothing_are_made_up_for_by_the_resync(scene: Scene) -> None:
    proxy = Proxy(scene.control_plane)
    scene.end_with(proxy.end)
    kubeconfig = proxy.kubeconfig(scene.home / "proxy.kubeconfig")
    scene.new_operator(kubeconfig, resyncSeconds=10).start()
    scene.begin()
    proxy.watches = "swallow"
    scene.execute()
    scene.succeed("by-hand")


@with_own_operators
def test_watches_that_never_begin_make_an_operator_unready_and_it_works_on_all_the_same(scene: Scene) -> None:
    proxy = Proxy(scene.control_plane)
    scene.end_with(proxy.end)
    proxy.watches = "hold"
    operator = scene.new_operator(proxy.kubeconfig(scene.home / "proxy.kubeconfig"), resyncSeconds=10)
    operator.process.start()
    told = scene.wait(
        lambda: (found := operator.unreadiness()) and "no watch of" in found and found, "the word of it"
    )
    assert told == f"no watch of datacaptures in namespace '{scene.namespace}' and 9 more"
    scene.begin()
    assert operator.unreadiness() == told
    assert operator.illness() is None
    proxy.watches = "pass"
    operator.wait_ready()


@with_own_operators
def test_kinds_that_are_upgraded_while_schedules_are_looked_at_interrupt_nobody(scene: Scene) -> None:
    operator = scene.new_operator()
    operator.start()
    scene.begin()
    names = [f"load-{number}" for number in range(12)]
    for name in names:
        scene.apply("MonitoringSchedule", name, SCHEDULE)
    scene.end_with(scene.cluster.install_kinds)
    for round_ in range(3):
        upgrade_kinds(scene, f"addedIn{round_}")
        for name in names:
            change = {"spec": {"minRecords": 100 + round_}}
            scene.of("MonitoringSchedule").patch(name, change)
    for name in names:
        scene.wait(lambda name=name: is_scheduled(scene, name), f"{name} looked at")  # type: ignore[misc]
    field = {"spec": {"addedIn2": "yes"}}
    scene.wait(
        lambda: "addedIn2" in scene.of("MonitoringSchedule").patch(names[0], field)["spec"], "the new field"
    )
    scene.wait(lambda: is_scheduled(scene, names[0]), "the new field passed over")
    scene.execute(schedule=names[-1])
    scene.succeed("by-hand")
    assert operator.illness() is None


def upgrade_kinds(scene: Scene, field: str) -> None:
    """Serve kinds that have one field more."""
    for path in sorted(Path(ROOT / "crds").glob("modelmonitor.dev_*.yaml")):
        kind = yaml.safe_load(path.read_text())
        (version,) = kind["spec"]["versions"]
        spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
        spec[field] = {"type": "string", "maxLength": 10}
        arguments = ("apply", "--server-side", "--force-conflicts", "-f", "-")
        scene.cluster.kubectl(*arguments, document=json.dumps(kind))


def is_scheduled(scene: Scene, name: str) -> bool:
    there = scene.of("MonitoringSchedule").get(name)
    seen = there["status"].get("observedGeneration") == there["metadata"]["generation"]
    return bool(seen) and scene.condition("MonitoringSchedule", name, "Ready")["reason"] == "Scheduled"
