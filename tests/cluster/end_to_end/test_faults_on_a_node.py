"""Rows of the fault table in which pods really run: each has a verdict, or a reason and a next step."""

from typing import Any

import pytest

from model_monitor_api.failures import Failure
from tests.cluster import images
from tests.cluster.client import Manifest
from tests.cluster.end_to_end.bank import PATIENCE, QUIET, SCHEDULE, SECRET, Bank
from tests.cluster.end_to_end.conftest import SYSTEM
from tests.cluster.end_to_end.gates import Gate
from tests.support.s3 import checks_credentials, make_bucket, s3_server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def output(bank: Bank, **changes: Any) -> dict[str, Any]:
    """Return where the schedule writes, with another connection or location."""
    found: dict[str, Any] = bank.of("MonitoringSchedule").get(SCHEDULE)["spec"]["output"]
    connection = {**found["connection"], **changes.pop("connection", {})}
    return {**found, "connection": connection, **changes}


def failed(bank: Bank, execution: str, reason: Failure) -> str:
    """Return the message of an execution that has failed for a reason, by one attempt."""
    status = bank.ended(execution)
    assert (status["state"], status["reason"], status["attempts"]) == ("Failed", reason, 1), status
    assert reason.next_step in status["message"]
    return str(status["message"])


def test_a_container_over_its_memory_says_what_its_limit_is(bank: Bank) -> None:
    bank.vary("hungry", podTemplate={"resources": {"limits": {"memory": "48Mi"}}})
    bank.ask("hungry", QUIET, "hungry")
    message = failed(bank, "hungry", Failure.OUT_OF_MEMORY)
    assert "The container `analyzer` was ended by its node; its limit is 48Mi." in message


def test_an_image_that_is_nowhere_is_told_while_it_waits_and_at_the_deadline(bank: Bank) -> None:
    image = f"{images.REGISTRY}/absent:test"
    bank.vary("absent", job={"image": image, "activeDeadlineSeconds": 30})
    bank.ask("absent", QUIET, "absent")
    waiting = bank.wait_state("absent", Failure.IMAGE_UNAVAILABLE, seconds=PATIENCE)
    assert f"The image `{image}` of the container `analyzer` can't be pulled" in waiting["message"]
    failed(bank, "absent", Failure.IMAGE_UNAVAILABLE)


def test_a_secret_that_is_missing_is_told_and_the_run_begins_once_it_is_there(bank: Bank) -> None:
    bank.vary("secretive", output=output(bank, connection={"secretRef": {"name": "later"}}))
    bank.ask("secretive", QUIET, "secretive")
    waiting = bank.wait_state("secretive", Failure.INVALID_CONFIGURATION, seconds=PATIENCE)
    assert waiting["state"] == "Pending"
    assert 'secret "later" not found' in waiting["message"]
    assert "Create what is missing" in waiting["message"]
    bank.of("Secret").create({**secret(bank), "metadata": {"name": "later"}})
    bank.completed("secretive")


def test_a_key_that_a_secret_lacks_is_named(bank: Bank) -> None:
    data = {"AWS_ACCESS_KEY_ID": secret(bank)["data"]["AWS_ACCESS_KEY_ID"]}
    bank.of("Secret").create({**secret(bank), "metadata": {"name": "half"}, "data": data})
    bank.vary("half", output=output(bank, connection={"secretRef": {"name": "half"}}))
    bank.ask("half", QUIET, "half")
    message = failed(bank, "half", Failure.ACCESS_REFUSED)
    assert "half" in message
    assert "AWS_SECRET_ACCESS_KEY" in message


def test_credentials_that_the_store_does_not_know_are_told(bank: Bank) -> None:
    bank.vary("stranger")
    with checks_credentials(bank.bucket.endpoint):
        bank.ask("stranger", QUIET, "stranger")
        message = failed(bank, "stranger", Failure.ACCESS_REFUSED)
    assert bank.bucket.name in message


def test_a_bucket_that_does_not_exist_is_named(bank: Bank) -> None:
    bank.vary("nowhere", output=output(bank, uri="s3://no-such-bucket/results/"))
    bank.ask("nowhere", QUIET, "nowhere")
    assert "no-such-bucket" in failed(bank, "nowhere", Failure.BUCKET_MISSING)


def test_a_store_that_is_away_while_results_are_written_costs_a_pod_and_no_result(bank: Bank) -> None:
    gate, host = Gate(bank, "writes", "postprocess"), bank.node.place.host
    with s3_server(host) as endpoint:
        bucket = make_bucket(endpoint)
        place = output(bank, uri=bucket.uri("results/"), connection={"endpoint": endpoint})
        bank.vary("writes", output=place, scripts=gate.scripts)
        bank.ask("writes", QUIET, "writes")
        pod = gate.wait("writes")
    gate.open()
    pods = bank.cluster.resource("v1", "pods", bank.namespace)
    bank.patient(lambda: pods.get(pod)["status"]["phase"] == "Failed", "a pod that gave up")
    (ended,) = pods.get(pod)["status"]["containerStatuses"]
    assert ended["state"]["terminated"]["exitCode"] == Failure.STORE_UNREACHABLE.exit_code
    # What it held is kept within this process: this is the store come back.
    with s3_server(host, int(endpoint.rsplit(":", 1)[1])):
        bank.completed("writes")
        keys = [str(each["Key"]) for each in bucket.client.list_objects_v2(Bucket=bucket.name)["Contents"]]
    assert {key.rsplit("/", 1)[1] for key in keys} >= {"report.html", "report.json", "manifest.json"}


def test_an_evicted_pod_is_replaced_and_nothing_is_lost(bank: Bank) -> None:
    gate = Gate(bank, "evicted")
    bank.vary("evicted", scripts=gate.scripts)
    bank.ask("evicted", QUIET, "evicted")
    pod = gate.wait("evicted")
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod}}
    path = f"/api/v1/namespaces/{bank.namespace}/pods/{pod}/eviction"
    bank.cluster.client.request("post", path, eviction)
    gate.wait("evicted", pod)
    gate.open()
    status = bank.completed("evicted")
    assert not bank.of("Job").get(status["job"])["status"].get("failed")


def test_a_pod_that_somebody_deletes_is_replaced(bank: Bank) -> None:
    gate = Gate(bank, "deleted")
    bank.vary("deleted", scripts=gate.scripts)
    bank.ask("deleted", QUIET, "deleted")
    pod = gate.wait("deleted")
    bank.cluster.resource("v1", "pods", bank.namespace).delete(pod)
    gate.wait("deleted", pod)
    gate.open()
    bank.completed("deleted")


def test_a_run_that_ends_while_no_operator_is_there_is_told_by_the_next_one(bank: Bank) -> None:
    gate = Gate(bank, "orphan")
    bank.vary("orphan", scripts=gate.scripts)
    bank.ask("orphan", QUIET, "orphan")
    gate.wait("orphan")
    before = {each["metadata"]["name"]: each["metadata"]["generation"] for each in bank.of("CronJob").list()}
    job = bank.wait_state("orphan", "InProgress", seconds=PATIENCE)["job"]
    system = bank.cluster.resource("v1", "pods", SYSTEM)
    bank.cluster.kubectl("scale", "-n", SYSTEM, "deployment/model-monitor", "--replicas=0")
    for pod in system.list("app.kubernetes.io/component=operator"):
        system.delete(pod["metadata"]["name"], grace=0)
    gate.open()
    bank.patient(lambda: bank.of("Job").get(job)["status"].get("succeeded"), "the Job's end")
    assert bank.status("MonitoringExecution", "orphan")["state"] == "InProgress"
    bank.cluster.kubectl("scale", "-n", SYSTEM, "deployment/model-monitor", "--replicas=1")
    bank.completed("orphan")
    after = {each["metadata"]["name"]: each["metadata"]["generation"] for each in bank.of("CronJob").list()}
    assert after == before


def test_an_analyzer_of_ones_own_that_fails_says_where_its_log_is(bank: Bank) -> None:
    bank.vary(
        "own-failing",
        analyzer={"image": images.python().name, "command": ["python", "-c", "raise SystemExit(3)"]},
        podTemplate={"securityContext": {"runAsNonRoot": True, "runAsUser": 65532}},
        job={"backoffLimit": 0},
    )
    bank.ask("own-failing", QUIET, "own-failing")
    status = bank.wait_state("own-failing", Failure.CUSTOM_ANALYZER_FAILED, seconds=PATIENCE)
    assert (status["state"], "nextAttemptTime" in status) == ("Pending", True)
    assert f"Exit code 3; its log: `kubectl logs -n {bank.namespace} " in status["message"]


def secret(bank: Bank) -> Manifest:
    """Return the store's Secret without what the API server adds."""
    found = bank.of("Secret").get(SECRET)
    return {name: found[name] for name in ("apiVersion", "kind", "type", "data")}
