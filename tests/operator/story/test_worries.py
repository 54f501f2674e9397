"""What kept a pod from starting explains why a run met its deadline, and nothing else."""

import pytest

from model_monitor_api.failures import Failure
from model_monitor_operator.story import Broken, tell, with_worry
from tests.operator.story.documents import NOW, RUN, a_pod, failed_job, terminated


def test_what_kept_a_pod_from_starting_explains_a_deadline() -> None:
    story = tell(failed_job("DeadlineExceeded"), (), (), run_id=RUN, now=NOW)
    assert isinstance(story, Broken)
    explained = with_worry(story, "Unschedulable", "No node takes the pod: 3 Insufficient memory.")
    assert explained.failure is Failure.UNSCHEDULABLE
    assert "3 Insufficient memory" in explained.sentence
    assert explained.ended == story.ended


@pytest.mark.parametrize("worry", [None, "", "OutOfMemory", "<script>"])
def test_other_reasons_explain_no_deadline(worry: str | None) -> None:
    story = tell(failed_job("DeadlineExceeded"), (), (), run_id=RUN, now=NOW)
    assert isinstance(story, Broken)
    assert with_worry(story, worry, "") is story


def test_a_worry_explains_nothing_but_a_deadline() -> None:
    story = tell(failed_job(), [a_pod(terminated(11), phase="Failed")], (), run_id=RUN, now=NOW)
    assert isinstance(story, Broken)
    assert with_worry(story, "Unschedulable", "") is story
