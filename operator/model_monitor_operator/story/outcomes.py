"""What can be told of a Job."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from model_monitor_api.contract.message import MessageDetail, RunMessage
from model_monitor_api.failures import Failure

SENTENCE_LIMIT: Final = 960
"""Characters of a sentence: with a reason before it, it fits a status."""


@dataclass(frozen=True)
class Waiting:
    """It does not run: it has no pod yet, or one that does not start, or waits for another one."""

    reason: Failure | None
    """What it will fail for unless something changes; None where waiting is in order."""

    sentence: str
    """What it waits for, and what to do if there is anything."""

    ending: bool = False
    """Whether it is about to end: then what it waited for before is still what matters."""


@dataclass(frozen=True)
class Running:
    """Its pod runs."""

    since: datetime
    """When it began to."""

    sentence: str
    """What it does."""


@dataclass(frozen=True)
class Succeeded:
    """The analyzer ended with exit code 0."""

    message: RunMessage | None
    """Its result; None where that was lost, is garbage, or is that of another run."""

    detail: MessageDetail | None
    """What was deflated in it."""

    ended: datetime
    """When it ended."""

    sentence: str
    """How it ended; of a result that was lost, how."""


@dataclass(frozen=True)
class Broken:
    """There is no result, and this Job won't have one."""

    failure: Failure
    """Why."""

    sentence: str
    """Why and what to do."""

    ended: datetime
    """When it ended."""


Story = Waiting | Running | Succeeded | Broken
"""What happened to a Job."""


def failure_of(story: Story | None) -> Failure | None:
    """Return why a Job has no result and will have none; None while it may have one, or has."""
    if isinstance(story, Broken):
        return story.failure
    if isinstance(story, Succeeded) and story.message is None:
        return Failure.RESULT_LOST
    return None
