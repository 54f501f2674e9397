"""A Job that goes on: what it waits for, and whether anything must be done."""

from dataclasses import dataclass

import pytest

from model_monitor_api.failures import Failure
from model_monitor_operator.objects import Object
from model_monitor_operator.story import Running, Waiting, held_open, needs_events, stuck_pod, tell
from tests.operator.story.documents import (
    NOW,
    RUN,
    a_condition,
    a_job,
    a_pod,
    a_result,
    ago,
    an_event,
    failed_job,
    running,
    terminated,
    waiting,
)

BESIDE = {"initContainers": [{"name": "predictor", "image": "models/churn:1", "restartPolicy": "Always"}]}


@dataclass(frozen=True)
class Row:
    reason: Failure | None
    words: tuple[str, ...]
    pods: tuple[Object, ...] = ()
    events: tuple[Object, ...] = ()
    job: Object | None = None


def deleted(pod: Object, at: str) -> Object:
    return pod | {"metadata": pod["metadata"] | {"deletionTimestamp": at}}


def refused(words: str) -> Object:
    return an_event("FailedCreate", f'Error creating: pods "mms-churn-29497680-k2x7p" is forbidden: {words}')


ROWS = {
    "no node has room": Row(
        Failure.UNSCHEDULABLE,
        ("0/3 nodes are available: 3 Insufficient memory.", "Lower the requests"),
        (
            a_pod(
                phase="Pending",
                conditions=[
                    a_condition(
                        "PodScheduled",
                        "False",
                        "Unschedulable",
                        "0/3 nodes are available: 3 Insufficient memory.",
                    )
                ],
            ),
        ),
    ),
    "a claim that is missing": Row(
        Failure.UNSCHEDULABLE,
        ('persistentvolumeclaim "reports" not found. Create what is missing',),
        (
            a_pod(
                phase="Pending",
                conditions=[
                    a_condition(
                        "PodScheduled",
                        "False",
                        "Unschedulable",
                        '0/3 nodes are available: persistentvolumeclaim "reports" not found.',
                    )
                ],
            ),
        ),
    ),
    "a scheduling gate": Row(
        None,
        ("scheduling gate",),
        (
            a_pod(
                phase="Pending",
                conditions=[a_condition("PodScheduled", "False", "SchedulingGated", "gated")],
            ),
        ),
    ),
    "a queue": Row(None, ("suspended",), job=a_job(spec={"suspend": True})),
    "no pod yet": Row(None, ("no pod yet",)),
    "a quota": Row(
        Failure.POD_REFUSED,
        ("the pod is forbidden: exceeded quota: compute, used: pods=10, limited: pods=10",),
        events=(refused("exceeded quota: compute, used: pods=10, limited: pods=10"),),
    ),
    "Pod Security": Row(
        Failure.POD_REFUSED,
        ('violates PodSecurity "restricted:latest": runAsNonRoot != true',),
        events=(refused('violates PodSecurity "restricted:latest": runAsNonRoot != true'),),
    ),
    "a webhook": Row(
        Failure.POD_REFUSED,
        ('admission webhook "validate.kyverno.svc" denied the request: no label team',),
        events=(
            an_event("SuccessfulCreate", "Created pod: a"),
            an_event(
                "FailedCreate",
                'Error creating: admission webhook "validate.kyverno.svc" denied the request: no label team',
            ),
        ),
    ),
    "the last of several refusals": Row(
        Failure.POD_REFUSED,
        ("the newer one",),
        events=(
            an_event("FailedCreate", "Error creating: the newer one", lastTimestamp=ago(minutes=1)),
            an_event("FailedCreate", "Error creating: the older one", lastTimestamp=ago(minutes=5)),
        ),
    ),
    "a refused replacement": Row(
        Failure.POD_REFUSED,
        ("exceeded quota",),
        (a_pod(terminated(30), phase="Failed"),),
        (refused("exceeded quota: compute"),),
    ),
    "a replacement": Row(
        None,
        ("StoreUnreachable", "another"),
        (a_pod(terminated(30), phase="Failed"),),
        (an_event("FailedCreate", "Error creating: long ago", lastTimestamp=ago(hours=1)),),
    ),
    "an image that does not exist": Row(
        Failure.IMAGE_UNAVAILABLE,
        ("`registry.example/analyzer:1`", "manifest unknown", "`job.image`"),
        (a_pod(waiting("ErrImagePull", "manifest unknown"), phase="Pending"),),
    ),
    "an image name that is none": Row(
        Failure.IMAGE_UNAVAILABLE,
        ("InvalidImageName",),
        (a_pod(waiting("InvalidImageName", "couldn't parse image name"), phase="Pending"),),
    ),
    "a custom analyzer's image": Row(
        Failure.IMAGE_UNAVAILABLE,
        ("`analyzer.image`",),
        (
            a_pod(
                waiting("PodInitializing"),
                phase="Pending",
                init=[terminated(0, name="fetch"), waiting("ImagePullBackOff", "denied", name="custom")],
            ),
        ),
    ),
    "a model server's image": Row(
        Failure.IMAGE_UNAVAILABLE,
        ("`registry.example/predictor:1`", "`predictor.container.image`"),
        (
            a_pod(
                waiting("PodInitializing"),
                phase="Pending",
                init=[waiting("ImagePullBackOff", "denied", name="predictor")],
                spec=BESIDE,
            ),
        ),
    ),
    "a Secret that does not exist": Row(
        Failure.INVALID_CONFIGURATION,
        ('secret "s3-credentials" not found', "Create what is missing"),
        (
            a_pod(
                waiting("CreateContainerConfigError", 'secret "s3-credentials" not found'),
                phase="Pending",
            ),
        ),
    ),
    "a key that a Secret lacks": Row(
        Failure.INVALID_CONFIGURATION,
        ("couldn't find key password in Secret models/s3",),
        (
            a_pod(
                waiting("CreateContainerConfigError", "couldn't find key password in Secret models/s3"),
                phase="Pending",
            ),
        ),
    ),
    "a volume whose Secret does not exist": Row(
        Failure.INVALID_CONFIGURATION,
        ('secret "tls" not found',),
        (a_pod(waiting("ContainerCreating"), phase="Pending"),),
        (an_event("FailedMount", 'MountVolume.SetUp failed for volume "tls" : secret "tls" not found'),),
    ),
    "a volume that is attached elsewhere": Row(
        None,
        ("Multi-Attach error",),
        (a_pod(waiting("ContainerCreating"), phase="Pending"),),
        (an_event("FailedAttachVolume", 'Multi-Attach error for volume "pvc-1"'),),
    ),
    "a network that is not ready": Row(
        None,
        ("can't set the pod up",),
        (a_pod(waiting("ContainerCreating"), phase="Pending"),),
        (an_event("FailedCreatePodSandBox", "plugin type=bridge failed: no IP left"),),
    ),
    "a model server that loads": Row(
        None,
        ("`predictor` is starting",),
        (
            a_pod(
                waiting("PodInitializing"),
                phase="Pending",
                init=[running("predictor") | {"started": False}],
                spec=BESIDE,
            ),
        ),
    ),
    "a model server that crashes": Row(
        Failure.MODEL_UNREACHABLE,
        ("again and again",),
        (
            a_pod(
                waiting("PodInitializing"),
                phase="Pending",
                init=[waiting("CrashLoopBackOff", name="predictor")],
                spec=BESIDE,
            ),
        ),
    ),
    "a pod that starts": Row(None, ("starting",), (a_pod(waiting("ContainerCreating"), phase="Pending"),)),
    "a pod that is being ended": Row(None, ("being ended",), (deleted(a_pod(running()), ago(seconds=5)),)),
    "a pod that never ends": Row(Failure.POD_LOST, ("node",), (deleted(a_pod(running()), ago(minutes=5)),)),
    "a node that is lost": Row(
        Failure.POD_LOST, ("does not answer",), (a_pod(running(), phase="Running", reason="NodeLost"),)
    ),
    "a failure that was just decided": Row(
        None,
        ("ends the Job",),
        (a_pod(terminated(11), phase="Failed"),),
        job=a_job(a_condition("FailureTarget", reason="PodFailurePolicy", lastTransitionTime=ago(seconds=5))),
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_job_waits_for_something_that_can_be_named(row: Row) -> None:
    story = tell(row.job or a_job(), row.pods, row.events, run_id=RUN, now=NOW)
    assert isinstance(story, Waiting)
    assert story.reason is row.reason
    for words in row.words:
        assert words in story.sentence


def test_a_refusal_reads_the_same_for_each_pod_that_is_refused() -> None:
    refusals = [
        an_event("FailedCreate", f'Error creating: pods "mms-churn-{tail}" is forbidden: no')
        for tail in ("abcde", "fghij")
    ]
    stories = [tell(a_job(), (), [each], run_id=RUN, now=NOW) for each in refusals]
    assert stories[0] == stories[1]


def test_an_analyzer_that_runs_is_running_since_it_began() -> None:
    story = tell(a_job(), [a_pod(running())], (), run_id=RUN, now=NOW)
    assert isinstance(story, Running)
    assert (NOW - story.since).total_seconds() == 480


def test_a_custom_analyzer_that_runs_is_running() -> None:
    pod = a_pod(
        waiting("PodInitializing"), phase="Pending", init=[terminated(0, name="fetch"), running("custom")]
    )
    story = tell(a_job(), [pod], (), run_id=RUN, now=NOW)
    assert isinstance(story, Running)
    assert "`custom`" in story.sentence


def test_a_node_that_does_not_answer_is_mentioned() -> None:
    conditions = [a_condition("Ready", "False"), a_condition("ContainersReady")]
    story = tell(a_job(), [a_pod(running(), conditions=conditions)], (), run_id=RUN, now=NOW)
    assert isinstance(story, Running)
    assert "does not answer" in story.sentence


def test_a_pod_that_still_runs_matters_more_than_a_newer_one_that_failed() -> None:
    pods = [a_pod(running()), a_pod(terminated(30), phase="Failed", name="b", created=ago(minutes=1))]
    assert isinstance(tell(a_job(), pods, (), run_id=RUN, now=NOW), Running)


@pytest.mark.parametrize(
    ("job", "pods", "wanted"),
    [
        (a_job(), (), True),
        (a_job(startTime=ago(seconds=3)) | {"metadata": {"creationTimestamp": ago(seconds=3)}}, (), False),
        (a_job(spec={"suspend": True}), (), False),
        (a_job(), (a_pod(running()),), False),
        (a_job(), (a_pod(terminated(30), phase="Failed"),), True),
        (failed_job(), (), True),
        (failed_job(), (a_pod(terminated(30), phase="Failed"),), False),
        (a_job(a_condition("Complete")), (), False),
    ],
    ids=[
        "a Job long without a pod",
        "a new Job",
        "a suspended Job",
        "a pod that runs",
        "a failed pod without a replacement",
        "a failed Job without a pod",
        "a failed Job with one",
        "a complete Job",
    ],
)
def test_events_are_asked_for_only_where_they_may_tell_something(
    job: Object, pods: tuple[Object, ...], wanted: bool
) -> None:
    assert needs_events(job, pods, NOW) is wanted


def test_a_pod_that_its_node_sets_up_for_long_is_asked_about() -> None:
    pod = a_pod(waiting("ContainerCreating"), phase="Pending")
    assert stuck_pod(a_job(), [pod], NOW) is pod
    assert stuck_pod(a_job(), [a_pod(running())], NOW) is None
    assert stuck_pod(a_job(), [a_pod(waiting("ErrImagePull"), phase="Pending")], NOW) is None
    assert stuck_pod(a_job(), [pod | {"status": pod["status"] | {"startTime": ago(seconds=9)}}], NOW) is None
    assert stuck_pod(a_job(), (), NOW) is None


def test_a_pod_that_an_injected_sidecar_keeps_open_is_found() -> None:
    held = a_pod(terminated(0, a_result()), running("istio-proxy"))
    native = a_pod(terminated(0, a_result()), init=[running("istio-proxy")])
    busy = a_pod(running(), running("istio-proxy"))
    over = a_pod(terminated(0, a_result()), terminated(0, name="istio-proxy"), phase="Succeeded")
    ending = deleted(a_pod(terminated(0), running("istio-proxy")), ago(seconds=1))
    assert held_open([held, native, busy, over, ending]) == (held,)
