"""What happened to a Job, in words that a person understands."""

from model_monitor_operator.story.containers import held_open
from model_monitor_operator.story.endings import with_worry
from model_monitor_operator.story.outcomes import Broken, Running, Story, Succeeded, Waiting, failure_of
from model_monitor_operator.story.telling import needs_events, stuck_pod, tell

__all__ = [
    "Broken",
    "Running",
    "Story",
    "Succeeded",
    "Waiting",
    "failure_of",
    "held_open",
    "needs_events",
    "stuck_pod",
    "tell",
    "with_worry",
]
