"""Jobs: what every one of them keeps, whoever wrote whatever."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_api.failures import EXIT_CODES, Failure
from model_monitor_api.names import CRON_JOB_NAME_LIMIT, LABEL_VALUE_LIMIT
from model_monitor_operator.build.job import FINAL_EXIT_CODES
from model_monitor_operator.naming import (
    certificates_name,
    cron_job_name,
    job_name,
    labels_for,
    requested_name,
    workers_name,
)
from model_monitor_operator.objects import Object
from tests.operator.build.producing import CASES, GOLDEN, SETTINGS, built, produced

NAMES = st.from_regex(r"[a-z]([a-z0-9.-]{0,250}[a-z0-9])?", fullmatch=True)
INDEX = "-256"


def pods(objects: list[Object]) -> list[dict[str, Any]]:
    """Return the pod templates among objects."""
    found = []
    for each in objects:
        if each["kind"] == "Job":
            found.append(each["spec"]["template"])
        elif each["kind"] == "CronJob":
            found.append(each["spec"]["jobTemplate"]["spec"]["template"])
        elif each["kind"] == "Deployment":
            found.append(each["spec"]["template"])
    return found


def test_a_job_ends_at_once_on_what_never_gets_better() -> None:
    assert all(not EXIT_CODES[code].retryable for code in FINAL_EXIT_CODES)
    assert Failure.SCHEMA_MISMATCH.exit_code in FINAL_EXIT_CODES
    assert Failure.STORE_UNREACHABLE.exit_code not in FINAL_EXIT_CODES
    assert {0, 143} & set(FINAL_EXIT_CODES) == set()


@given(NAMES, st.integers(1, 9999))
def test_names_of_jobs_leave_room_for_the_index_of_a_pod(name: str, attempt: int) -> None:
    for found in (
        job_name("MonitoringExecution", name, "uid", attempt) + INDEX,
        f"{cron_job_name(name)}-9999999999{INDEX}",
        workers_name("MonitoringSchedule", name),
        certificates_name("MonitoringSchedule", name, "uid"),
    ):
        assert len(found) <= LABEL_VALUE_LIMIT
        assert "." not in found
        assert not found.startswith("-")
        assert "--" not in found or "--" in name or "-." in name or ".-" in name or ".." in name


@given(st.lists(NAMES, min_size=2, max_size=2, unique=True))
def test_two_schedules_have_two_cron_jobs(names: list[str]) -> None:
    first, second = names
    assert cron_job_name(first) != cron_job_name(second)
    assert workers_name("MonitoringSchedule", first) != workers_name("MonitoringSchedule", second)


def test_the_answer_to_a_request_has_a_name_that_executions_may_have() -> None:
    assert len(requested_name("s" * CRON_JOB_NAME_LIMIT, "uid", "now")) <= LABEL_VALUE_LIMIT


def test_a_dot_and_a_hyphen_are_two_names() -> None:
    assert cron_job_name("a.b") != cron_job_name("a-b")


@pytest.mark.parametrize("name", CASES)
def test_no_pod_has_a_token_for_the_api_server(name: str) -> None:
    for pod in pods(produced(name)):
        assert pod["spec"]["automountServiceAccountToken"] is False
        assert pod["spec"]["enableServiceLinks"] is False
        # Pods of a Deployment have no choice.
        assert pod["spec"].get("restartPolicy", "Never") == "Never"


@pytest.mark.parametrize("name", CASES)
def test_children_have_our_labels_and_none_of_the_users_own(name: str) -> None:
    for each in produced(name):
        meta = each["metadata"]
        (owner,) = meta["ownerReferences"]
        assert owner["controller"] is True
        component = meta["labels"]["app.kubernetes.io/component"]
        assert labels_for(owner["kind"], owner["name"], component).items() <= meta["labels"].items()
        assert "app.kubernetes.io/instance" not in meta["labels"]
        assert "argocd.argoproj.io/tracking-id" not in meta.get("annotations", {})


@pytest.mark.parametrize("name", CASES)
def test_every_volume_that_is_mounted_exists(name: str) -> None:
    for pod in pods(produced(name)):
        spec = pod["spec"]
        there = [volume["name"] for volume in spec["volumes"]]
        assert len(there) == len(set(there))
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            mounts = container.get("volumeMounts", [])
            assert {mount["name"] for mount in mounts} <= set(there)
            assert len({mount["mountPath"].rstrip("/") for mount in mounts}) == len(mounts)


def test_users_cannot_hide_from_the_analyzer_which_job_it_is() -> None:
    (pod,) = pods(produced("pods"))
    (container,) = pod["spec"]["containers"]
    found = {each["name"]: each for each in container["env"]}
    assert "valueFrom" in found["MODEL_MONITOR_JOB_NAME"]
    assert found["TMPDIR"]["value"] == "/scratch"
    assert len(found) == len(container["env"])


def test_nothing_of_scaling_out_is_there_without_it() -> None:
    text = yaml.safe_dump(produced("minimal"))
    for word in ("Indexed", "successPolicy", "subdomain", "tls", "scale"):
        assert word not in text


def test_another_plan_of_a_baseline_does_not_meet_the_job_of_the_one_before() -> None:
    text = (GOLDEN / "minimal.in.yaml").read_bytes()
    first, second = (
        next(each["metadata"]["name"] for each in built(content) if each["kind"] == "Job")
        for content in (text, text.replace(b"training.csv", b"training-2.csv"))
    )
    assert first != second


def test_what_is_built_twice_is_the_same() -> None:
    text = (GOLDEN / "places.in.yaml").read_bytes()
    assert list(built(text, SETTINGS)) == list(built(text, SETTINGS))
