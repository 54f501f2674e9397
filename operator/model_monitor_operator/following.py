"""What a Job tells, with all that must be read for it."""

from datetime import datetime
from typing import Final

from model_monitor_api.failures import Failure
from model_monitor_operator.decision import Reader
from model_monitor_operator.objects import Object
from model_monitor_operator.story import Broken, Story, Waiting, needs_events, stuck_pod, tell, with_worry

FAILURES: Final = {failure.value: failure for failure in Failure}
"""Failures by what a status says."""


def story_of(job: Object, reader: Reader, *, run_id: str | None, now: datetime) -> Story:
    """Return what happened to a Job; Events are asked for where only they can tell.

    Parameters
    ----------
    job
        The Job.
    reader
        The cluster.
    run_id
        The run whose result is awaited; None where it is not known.
    now
        The present.
    """
    pods = reader.owned("Pod", job)
    events = reader.events_about(job) if needs_events(job, pods, now) else ()
    stuck = stuck_pod(job, pods, now)
    if stuck is not None:
        events = (*events, *reader.events_about(stuck))
    return tell(job, pods, events, run_id=run_id, now=now)


def with_memory(story: Story, waited_for: str | None, said: str) -> Story:
    """Return a story of a deadline, passed or passing, with what the Job waited for until then.

    Parameters
    ----------
    story
        What the Job tells now.
    waited_for
        Reason that the status keeps of the time when it waited; None if it did not.
    said
        What the status said then.
    """
    if isinstance(story, Broken) and story.failure is Failure.DEADLINE_EXCEEDED:
        return with_worry(story, waited_for, said)
    if isinstance(story, Waiting) and story.ending and waited_for in FAILURES:
        return Waiting(FAILURES[waited_for], said)
    return story
