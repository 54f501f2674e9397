"""From manifests to all that is built for them, as the golden files hold it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from model_monitor_api.contract.plan import AnalysisPlan
from model_monitor_api.manifests import load_bytes
from model_monitor_api.objects import Objects
from model_monitor_api.planning import plan_baseline, plan_execution
from model_monitor_api.v1alpha1.baseline import Baseline
from model_monitor_api.v1alpha1.datacapture import DataCapture
from model_monitor_api.v1alpha1.monitoringexecution import Window
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_operator.build.certificates import Certificates
from model_monitor_operator.build.cron_job import build_cron_job
from model_monitor_operator.build.execution import build_execution
from model_monitor_operator.build.gateway import (
    Gateway,
    build_autoscaler,
    build_budget,
    build_configuration,
    build_deployment,
    build_network_policy,
    build_service,
)
from model_monitor_operator.build.job import Invocation, build_baseline_job, build_execution_job
from model_monitor_operator.build.plan import RenderedPlan, build_plan_config_map
from model_monitor_operator.build.reach import reach_of
from model_monitor_operator.build.scale import build_certificates_secret, build_workers_service
from model_monitor_operator.naming import SHAPE, plan_name
from model_monitor_operator.objects import Object
from model_monitor_operator.ownership import Owner
from model_monitor_operator.settings import Settings

GOLDEN: Final = Path(__file__).with_name("golden")
ROOT: Final = Path(__file__).resolve().parents[3]
EVERY_FIELD: Final = "every-field"
"""The case whose manifests are the examples of the reference."""
WINDOW: Final = Window(start=datetime(2026, 1, 31, tzinfo=UTC), end=datetime(2026, 1, 31, 1, tzinfo=UTC))
CERTIFICATES: Final = Certificates("an authority", "a certificate", "a key")
_DOCUMENT: Final = "the plan, as JSON"
SETTINGS: Final = Settings(analyzer_image="registry.example/model-monitor-analyzer:0.1.0")

CASES: Final = [EVERY_FIELD, *sorted(path.name.removesuffix(".in.yaml") for path in GOLDEN.glob("*.in.yaml"))]


@cache
def produced(name: str) -> list[Object]:
    """Return all that is built for the manifests of a golden case, in the order that people read."""
    if name == EVERY_FIELD:
        return every_field()
    text = (GOLDEN / f"{name}.in.yaml").read_bytes()
    settings = next((each for each in yaml.safe_load_all(text) if each["kind"] == "Settings"), None)
    return list(built(text, Settings.model_validate(settings["settings"]) if settings else SETTINGS))


def every_field() -> list[Object]:
    """Return all that is built for the examples of every field."""
    return list(built(yaml.safe_dump_all(every_field_manifests()).encode()))


def every_field_manifests() -> list[Object]:
    """Return the examples of every field; references are made to lead somewhere."""
    things = [
        thing
        for path in sorted((ROOT / "docs" / "reference" / "every-field").glob("*.yaml"))
        for thing in yaml.safe_load_all(path.read_text())
    ]
    for thing in things:
        if thing["kind"] == "MonitoringSchedule":
            thing["spec"] |= {"baselineRef": {"name": "churn-files"}, "captureRef": {"name": "churn-files"}}
        elif thing["kind"] == "Baseline" and "captureRef" in (dataset := thing["spec"].get("dataset", {})):
            dataset["captureRef"] = {"name": "churn-service"}
    scripts = {"value": "def preprocess_handler(record):\n    return record\n"}
    meta = {"name": "churn-scripts", "namespace": "models"}
    things.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": scripts})
    return things


def built(text: bytes, settings: Settings = SETTINGS) -> Iterator[Object]:
    """Yield all that is built for manifests."""
    loaded = load_bytes(text)
    assert not loaded.problems, [str(problem) for problem in loaded.problems]
    for capture in loaded.objects.captures.values():
        if capture.spec.source.files is None:
            yield from for_capture(capture, settings)
    for baseline in loaded.objects.baselines.values():
        yield from for_baseline(baseline, loaded.objects, settings)
    for schedule in loaded.objects.schedules.values():
        yield from for_schedule(schedule, loaded.objects, settings)


def for_capture(capture: DataCapture, settings: Settings) -> Iterator[Object]:
    """Yield what is built for a DataCapture of a Service or of events."""
    gateway, spec = Gateway(capture, owner_of(capture), settings), capture.spec.gateway
    yield build_configuration(gateway)
    yield build_service(gateway)
    yield build_network_policy(gateway)
    yield build_budget(gateway)
    yield build_deployment(gateway, gateway.images, None if spec.autoscaling else spec.replicas)
    if spec.autoscaling is not None:
        yield build_autoscaler(gateway, spec.autoscaling)


def for_baseline(baseline: Baseline, objects: Objects, settings: Settings) -> Iterator[Object]:
    """Yield what is built for a Baseline."""
    owner, rendered = owner_of(baseline), rendering(plan_baseline(baseline, objects))
    yield build_plan_config_map(owner, baseline.metadata.namespace, rendered)
    yield build_baseline_job(baseline, owner, rendered, settings, attempt=1)
    yield from _for_workers(owner, baseline.metadata.namespace, rendered)


def for_schedule(schedule: MonitoringSchedule, objects: Objects, settings: Settings) -> Iterator[Object]:
    """Yield what is built for a schedule, and for one of its windows that is run again."""
    owner, rendered = owner_of(schedule), rendering(plan_execution(schedule, objects))
    namespace = schedule.metadata.namespace
    yield build_plan_config_map(owner, namespace, rendered)
    yield build_cron_job(schedule, owner, rendered, settings, suspended=schedule.spec.suspend)
    yield from _for_workers(owner, namespace, rendered)
    name = "churn-again"
    yield build_execution(
        schedule, owner, name=name, window=WINDOW, trigger="Requested", request_token="please"
    )
    again = Owner(owner.api_version, "MonitoringExecution", name, "uid-of-an-execution")
    invocation = Invocation(WINDOW, name, 2)
    yield build_execution_job(schedule, again, rendered, settings, invocation, attempt=3)


def rendering(plan: AnalysisPlan | tuple[Any, ...]) -> RenderedPlan:
    """Return a plan that must be right, under a text that stays when the API grows."""
    assert isinstance(plan, AnalysisPlan), [str(problem) for problem in plan]
    return RenderedPlan(plan, plan_name(plan.subject.kind, plan.subject.name, _DOCUMENT), _DOCUMENT)


def owner_of(thing: Baseline | DataCapture | MonitoringSchedule) -> Owner:
    """Return an object as the owner of what is built."""
    return Owner(thing.api_version, thing.kind, thing.metadata.name, thing.metadata.uid or "uid")


def _for_workers(owner: Owner, namespace: str, rendered: RenderedPlan) -> Iterator[Object]:
    if reach_of(rendered.plan).workers:
        yield build_workers_service(owner, namespace)
        yield build_certificates_secret(owner, namespace, CERTIFICATES)


class _Plain(yaml.SafeDumper):
    """Writes everything out where it stands."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 # as it is inherited
        return True


def settled(objects: list[Object]) -> list[Object]:
    """Return objects without what is tested elsewhere and differs with every change of it: Envoy's files.

    The names of ConfigMaps and digests of pods that follow from them go too.
    """
    text = json.dumps(objects)
    for each in objects:
        if each["kind"] == "ConfigMap" and "shipper.json" in each["data"]:
            text = text.replace(each["metadata"]["name"], f"{each['metadata']['name'][:-10]}CONFIGURED")
    found: list[Object] = json.loads(text)
    for each in found:
        if "envoy.json" in each.get("data", {}):
            each["data"] |= dict.fromkeys(("envoy.json", "routes.json"), "tested elsewhere")
        annotations = each["metadata"].get("annotations", {})
        if SHAPE in annotations:
            annotations[SHAPE] = "tested elsewhere"
    return found


def as_text(objects: list[Object]) -> str:
    """Return objects as a golden file."""
    return yaml.dump_all(objects, Dumper=_Plain, sort_keys=False, width=110, allow_unicode=True)
