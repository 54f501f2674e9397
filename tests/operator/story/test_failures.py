"""Each way in which a Job can end badly: its reason, and the words that a person needs."""

from dataclasses import dataclass, field

import pytest

from model_monitor_api.failures import EXIT_CODES, Failure
from model_monitor_operator.cluster.trimming import trimmed
from model_monitor_operator.objects import Object
from model_monitor_operator.story import Broken, tell
from tests.operator.story.documents import (
    NOW,
    RUN,
    a_complaint,
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


@dataclass(frozen=True)
class Row:
    failure: Failure
    words: tuple[str, ...]
    pods: tuple[Object, ...] = ()
    job: Object = field(default_factory=failed_job)
    events: tuple[Object, ...] = ()


def deleted(pod: Object, at: str) -> Object:
    return pod | {"metadata": pod["metadata"] | {"deletionTimestamp": at}}


DISRUPTED = "DisruptionTarget"
UNSCHEDULABLE = a_condition(
    "PodScheduled", "False", "Unschedulable", "0/3 nodes are available: 3 Insufficient memory."
)
PREDICTOR = {"name": "predictor", "image": "models/churn:1", "restartPolicy": "Always"}
QUOTA = 'Error creating: pods "mms-churn-29497680-abcde" is forbidden: exceeded quota: compute'

ROWS = {
    "killed for its memory": Row(
        Failure.OUT_OF_MEMORY,
        ("limit is 2Gi", "limits.memory"),
        (a_pod(terminated(137, reason="OOMKilled"), phase="Failed"),),
    ),
    "killed for its memory, seen by the exit code alone": Row(
        Failure.OUT_OF_MEMORY,
        ("SIGKILL", "kubectl logs -n models mms-churn-29497680-x7k2p -c analyzer"),
        (a_pod(terminated(137), phase="Failed"),),
    ),
    "evicted by its node": Row(
        Failure.POD_LOST,
        ("The node was low on resource: memory.",),
        (
            a_pod(
                terminated(137),
                phase="Failed",
                reason="Evicted",
                message="The node was low on resource: memory. Threshold quantity: 100Mi, available: 88Mi. ",
                conditions=[a_condition(DISRUPTED, reason="TerminationByKubelet")],
            ),
        ),
    ),
    "evicted before any container began": Row(
        Failure.POD_LOST,
        ("The node had condition: [DiskPressure].",),
        (a_pod(phase="Failed", reason="Evicted", message="The node had condition: [DiskPressure]. "),),
    ),
    "evicted for the disk that it used up itself": Row(
        Failure.OUT_OF_DISK,
        ("total limit of containers 1Gi", "ephemeral"),
        (
            a_pod(
                terminated(137),
                phase="Failed",
                reason="Evicted",
                message="Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ",
            ),
        ),
    ),
    "preempted": Row(
        Failure.POD_LOST,
        ("higher priority", "default-scheduler: preempting"),
        (
            a_pod(
                terminated(143),
                phase="Failed",
                conditions=[
                    a_condition(
                        DISRUPTED,
                        reason="PreemptionByScheduler",
                        message="default-scheduler: preempting to accommodate a higher priority pod",
                    )
                ],
            ),
        ),
    ),
    "its node was drained": Row(
        Failure.POD_LOST,
        ("drained",),
        (
            a_pod(
                terminated(143),
                phase="Failed",
                conditions=[a_condition(DISRUPTED, reason="EvictionByEvictionAPI")],
            ),
        ),
    ),
    "its node is gone": Row(
        Failure.POD_LOST,
        ("node is gone",),
        (
            a_pod(
                running(),
                phase="Failed",
                conditions=[
                    a_condition(DISRUPTED, reason="DeletionByPodGC", message="PodGC: node no longer exists")
                ],
            ),
        ),
    ),
    "its node stopped answering": Row(
        Failure.POD_LOST,
        ("does not answer", "node-1"),
        (
            a_pod(
                running(),
                phase="Unknown",
                reason="NodeLost",
                message="Node node-1 which was running pod x is unresponsive",
            ),
        ),
    ),
    "kubelet lost the container": Row(
        Failure.POD_LOST,
        ("not known",),
        (a_pod(terminated(137, reason="ContainerStatusUnknown"), phase="Failed"),),
    ),
    "the node had no room after all": Row(
        Failure.UNSCHEDULABLE,
        ("OutOfmemory", "Node didn't have enough resource: memory"),
        (
            a_pod(
                phase="Failed",
                reason="OutOfmemory",
                message="Pod was rejected: Node didn't have enough resource: memory, requested: 2147483648",
            ),
        ),
    ),
    "the node refused the pod": Row(
        Failure.POD_LOST,
        ("Pod was rejected: Pod admission denied",),
        (
            a_pod(
                phase="Failed",
                reason="UnexpectedAdmissionError",
                message="Pod was rejected: Pod admission denied",
            ),
        ),
    ),
    "somebody deleted the pod": Row(
        Failure.TERMINATED,
        ("deleted",),
        (deleted(a_pod(terminated(143), phase="Failed"), ago(minutes=3)),),
    ),
    "the deadline, with the pod already gone": Row(
        Failure.DEADLINE_EXCEEDED,
        ("3600 s", "activeDeadlineSeconds"),
        job=failed_job("DeadlineExceeded", "Job was active longer than specified deadline"),
    ),
    "the deadline, which ended the analyzer": Row(
        Failure.DEADLINE_EXCEEDED,
        ("3600 s",),
        (deleted(a_pod(terminated(143), phase="Failed"), ago(minutes=2)),),
        job=failed_job("DeadlineExceeded"),
    ),
    "the deadline during a second attempt": Row(
        Failure.DEADLINE_EXCEEDED,
        ("StoreUnreachable", "store.example"),
        (
            a_pod(
                terminated(30, a_complaint("StoreUnreachable", "store.example: timed out")),
                phase="Failed",
                created=ago(minutes=60),
            ),
            deleted(a_pod(terminated(143), phase="Failed", name="b"), ago(minutes=2)),
        ),
        job=failed_job("DeadlineExceeded"),
    ),
    "the deadline while no node had room": Row(
        Failure.UNSCHEDULABLE,
        ("Insufficient memory", "Lower the requests"),
        (a_pod(phase="Pending", conditions=[UNSCHEDULABLE]),),
        job=failed_job("DeadlineExceeded"),
    ),
    "the deadline while the image could not be pulled": Row(
        Failure.IMAGE_UNAVAILABLE,
        ("registry.example/analyzer:1", "ImagePullBackOff", "job.image"),
        (a_pod(waiting("ImagePullBackOff", 'Back-off pulling image "x"'), phase="Pending"),),
        job=failed_job("DeadlineExceeded"),
    ),
    "the deadline while the pod was refused": Row(
        Failure.POD_REFUSED,
        ("exceeded quota: compute",),
        job=failed_job("DeadlineExceeded"),
        events=(an_event("FailedCreate", QUOTA),),
    ),
    "the deadline on a node that does not answer": Row(
        Failure.POD_LOST,
        ("does not say",),
        (deleted(a_pod(running()), ago(minutes=20)),),
        job=a_job(
            a_condition("FailureTarget", reason="DeadlineExceeded", lastTransitionTime=ago(minutes=20))
        ),
    ),
    "pods that all failed and are gone": Row(
        Failure.POD_LOST,
        ("BackoffLimitExceeded", "no pod is left"),
        job=failed_job(message="Job has reached the specified backoff limit"),
    ),
    "a pod that is gone, whose exit code the controller wrote down": Row(
        Failure.SCHEMA_MISMATCH,
        ("Exit code 17", "the pod is gone"),
        job=failed_job(
            "PodFailurePolicy",
            "Container analyzer for pod models/x failed with exit code 17 matching FailJob rule at index 0",
        ),
    ),
    "a pod that was deleted and killed, and is gone": Row(
        Failure.TERMINATED,
        ("exit code 137", "is gone"),
        job=failed_job(
            "PodFailurePolicy",
            "Container analyzer for pod models/x failed with exit code 137 matching FailJob rule at index 1",
        ),
    ),
    "a custom analyzer whose pod is gone": Row(
        Failure.CUSTOM_ANALYZER_FAILED,
        ("Exit code 3",),
        job=failed_job(
            "PodFailurePolicy",
            "Container custom for pod models/x failed with exit code 3 matching FailJob rule at index 1",
        ),
    ),
    "a disrupted pod that is gone": Row(
        Failure.POD_LOST,
        ("evicted",),
        job=failed_job(
            "PodFailurePolicy",
            "Pod models/x has condition DisruptionTarget matching FailJob rule at index 0",
        ),
    ),
    "the custom analyzer failed": Row(
        Failure.CUSTOM_ANALYZER_FAILED,
        ("Exit code 3", "-c custom"),
        (
            a_pod(
                waiting("PodInitializing"),
                phase="Failed",
                init=[terminated(0, name="fetch"), terminated(3, "secret-4711", name="custom")],
            ),
        ),
    ),
    "the custom analyzer needed too much memory": Row(
        Failure.OUT_OF_MEMORY,
        ("`custom`",),
        (
            a_pod(
                waiting("PodInitializing"),
                phase="Failed",
                init=[terminated(0, name="fetch"), terminated(137, name="custom", reason="OOMKilled")],
            ),
        ),
    ),
    "the custom analyzer was ended by a signal": Row(
        Failure.CUSTOM_ANALYZER_FAILED,
        ("SIGSEGV", "-c custom"),
        (a_pod(waiting("PodInitializing"), phase="Failed", init=[terminated(139, name="custom")]),),
    ),
    "the custom analyzer's command does not exist": Row(
        Failure.CUSTOM_ANALYZER_FAILED,
        ("can't be started", "executable file not found"),
        (
            a_pod(
                waiting("PodInitializing"),
                phase="Failed",
                init=[
                    terminated(
                        128,
                        'exec: "/analyze": executable file not found in $PATH',
                        name="custom",
                        reason="StartError",
                    )
                ],
            ),
        ),
    ),
    "fetching for a custom analyzer failed": Row(
        Failure.ACCESS_REFUSED,
        ("s3://bucket/key: 403",),
        (
            a_pod(
                waiting("PodInitializing"),
                phase="Failed",
                init=[terminated(11, a_complaint("AccessRefused", "s3://bucket/key: 403"), name="fetch")],
            ),
        ),
    ),
    "an injected init container failed": Row(
        Failure.ANALYSIS_FAILED,
        ("`istio-init`", "not part of the run", "-c istio-init"),
        (a_pod(waiting("PodInitializing"), phase="Failed", init=[terminated(1, name="istio-init")]),),
    ),
    "the analyzer's command does not exist": Row(
        Failure.INVALID_CONFIGURATION,
        ("can't be started", "no such file", "Correct its image"),
        (
            a_pod(
                terminated(127, "exec /model-monitor: no such file", reason="ContainerCannotRun"),
                phase="Failed",
            ),
        ),
    ),
    "the analyzer crashed": Row(
        Failure.ANALYSIS_FAILED,
        ("SIGSEGV", "log of the pod"),
        (a_pod(terminated(139), phase="Failed"),),
    ),
    "an exit code that nobody knows": Row(
        Failure.ANALYSIS_FAILED,
        ("Exit code 77",),
        (a_pod(terminated(77), phase="Failed"),),
    ),
    "the model server beside it failed": Row(
        Failure.MODEL_UNREACHABLE,
        ("127.0.0.1:8080 refused", "`predictor` ended with exit code 137 (OOMKilled)"),
        (
            a_pod(
                terminated(31, a_complaint("ModelUnreachable", "127.0.0.1:8080 refused")),
                phase="Failed",
                init=[
                    waiting("CrashLoopBackOff", name="predictor")
                    | {"lastState": terminated(137, name="predictor", reason="OOMKilled")["state"]}
                ],
                spec={"initContainers": [PREDICTOR]},
            ),
        ),
    ),
    "a sidecar that was ended with the pod is not the reason": Row(
        Failure.BUCKET_MISSING,
        ("Exit code 12",),
        (
            a_pod(
                terminated(12),
                phase="Failed",
                init=[terminated(137, name="istio-proxy"), terminated(143, name="predictor")],
            ),
        ),
    ),
    "a sidecar that was ended with a custom analyzer is not the reason": Row(
        Failure.CUSTOM_ANALYZER_FAILED,
        ("Exit code 3",),
        (
            a_pod(
                waiting("PodInitializing"),
                phase="Failed",
                init=[terminated(2, name="istio-proxy"), terminated(3, name="custom")],
            ),
        ),
    ),
    "the last of several attempts counts": Row(
        Failure.BUCKET_MISSING,
        ("last of 2 pods",),
        (
            a_pod(terminated(12), phase="Failed", name="b", created=ago(minutes=5)),
            a_pod(terminated(30), phase="Failed", name="a", created=ago(minutes=9)),
        ),
        job=failed_job(failed=2),
    ),
    "a worker's failure is not the run's": Row(
        Failure.WORKERS_LOST,
        ("Exit code 33",),
        (
            a_pod(terminated(33), phase="Failed", created=ago(minutes=9)),
            a_pod(terminated(137, reason="OOMKilled"), phase="Failed", name="worker", created=ago(minutes=8))
            | {
                "metadata": {
                    "name": "worker",
                    "namespace": "models",
                    "annotations": {"batch.kubernetes.io/job-completion-index": "1"},
                }
            },
        ),
        job=a_job(a_condition("Failed", reason="BackoffLimitExceeded"), spec={"completionMode": "Indexed"}),
    ),
    "an init container that ended well before the analyzer was lost": Row(
        Failure.POD_LOST,
        ("drained",),
        (
            a_pod(
                waiting("PodInitializing"),
                phase="Failed",
                init=[terminated(0, name="fetch"), terminated(143, name="custom")],
                conditions=[a_condition(DISRUPTED, reason="EvictionByEvictionAPI")],
            ),
        ),
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_failed_job_ends_with_a_reason_and_words(row: Row) -> None:
    story = tell(row.job, row.pods, row.events, run_id=RUN, now=NOW)
    assert isinstance(story, Broken)
    assert story.failure is row.failure
    for words in row.words:
        assert words in story.sentence
    assert "4711" not in story.sentence
    assert "  " not in story.sentence
    assert story.ended <= NOW


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_what_the_cache_keeps_is_enough(row: Row) -> None:
    pods = [trimmed(pod) for pod in row.pods]
    story = tell(trimmed(row.job), pods, row.events, run_id=RUN, now=NOW)
    assert isinstance(story, Broken)
    assert story.failure is row.failure


@pytest.mark.parametrize(("code", "failure"), sorted(EXIT_CODES.items()), ids=str)
def test_an_exit_code_means_what_the_table_says(code: int, failure: Failure) -> None:
    pod = a_pod(terminated(code), phase="Failed")
    story = tell(failed_job(), [pod], (), run_id=RUN, now=NOW)
    assert isinstance(story, Broken)
    assert story.failure is failure
    assert story.sentence.startswith(failure.meaning)
    assert story.sentence.endswith(failure.next_step)


def test_a_failure_ends_when_its_container_did() -> None:
    story = tell(failed_job(), [a_pod(terminated(11), phase="Failed")], (), run_id=RUN, now=NOW)
    assert isinstance(story, Broken)
    assert (NOW - story.ended).total_seconds() == 120


def test_a_result_counts_whatever_became_of_the_job() -> None:
    pods = [
        a_pod(terminated(30), phase="Failed", name="a", created=ago(minutes=9)),
        a_pod(terminated(0, a_result()), phase="Failed", name="b", created=ago(minutes=5)),
    ]
    story = tell(failed_job("DeadlineExceeded"), pods, (), run_id=RUN, now=NOW)
    assert not isinstance(story, Broken)
