"""Whatever the documents hold, a story is told, and its text is fit for a status and a terminal."""

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from model_monitor_operator.objects import Object
from model_monitor_operator.story import Broken, held_open, needs_events, stuck_pod, tell, with_worry
from model_monitor_operator.story.outcomes import SENTENCE_LIMIT
from tests.operator.story.documents import NOW, RUN, a_condition, a_job, a_pod, an_event, failed_job, waiting
from tests.operator.story.test_failures import ROWS as FAILURES
from tests.operator.story.test_waiting import ROWS as WAITING

TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            *("\x1b[31mred", "a\u202eb", '"' * 5000, "https://user:pass@host/", "\ud800", "<b>", "\n" * 99),
            *("2026-01-31T11:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-01"),
            *("analyzer", "custom", "Failed", "Pending", "Evicted", "True", "False", "x" * 300, "é" * 3000),
        ]
    ),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
KEYS = st.one_of(
    TEXTS,
    st.sampled_from([*("metadata", "spec", "status", "state", "conditions", "containerStatuses", "name")]),
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=4)
REAL = [
    *((row.job, row.pods, row.events) for row in FAILURES.values()),
    *((row.job or a_job(), row.pods, row.events) for row in WAITING.values()),
]


def places(thing: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    inner = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    for key, value in inner:
        found += places(value, (*path, key))
    return found


@st.composite
def damaged(draw: st.DrawFn) -> list[Any]:
    """Return a real Job, its pods and Events, in which some values are anything."""
    job, pods, events = draw(st.sampled_from(REAL))
    world: list[Any] = [copy.deepcopy(job), copy.deepcopy(list(pods)), copy.deepcopy(list(events))]
    for path in draw(st.lists(st.sampled_from(places(world)), max_size=6)):
        here: Any = world
        for step in path[:-1]:
            here = here[step] if isinstance(here, dict | list) and _has(here, step) else None
        if len(path) > 1 and isinstance(here, dict | list) and _has(here, path[-1]) and here is not world:
            here[path[-1]] = draw(VALUES)
    return world


def _has(here: Any, step: Any) -> bool:
    if isinstance(here, dict):
        return step in here
    return isinstance(step, int) and step < len(here)


def check(job: Any, pods: Any, events: Any) -> None:
    story = tell(job, pods, events, run_id=RUN, now=NOW)
    texts = [story.sentence]
    if isinstance(story, Broken):
        texts += [with_worry(story, "Unschedulable", story.sentence).sentence]
    for text in texts:
        assert text.isprintable()
        assert 0 < len(text) <= SENTENCE_LIMIT
        assert "user:pass" not in text
        text.encode()
    assert set(map(id, held_open(pods))) <= set(map(id, pods))
    assert needs_events(job, pods, NOW) in (True, False)
    stuck_pod(job, pods, NOW)


@settings(max_examples=150, deadline=None)
@given(damaged())
def test_a_damaged_document_still_has_a_story(world: list[Any]) -> None:
    check(*world)


@settings(max_examples=100, deadline=None)
@given(DOCUMENTS, st.lists(DOCUMENTS, max_size=3), st.lists(DOCUMENTS, max_size=2))
def test_any_document_has_a_story(job: Object, pods: list[Object], events: list[Object]) -> None:
    check(job, pods, events)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_words_from_outside_are_bounded_and_print(text: str) -> None:
    pending = a_pod(phase="Pending", conditions=[a_condition("PodScheduled", "False", "Unschedulable", text)])
    pulling = a_pod(waiting("ErrImagePull", text, name=text or "x"), phase="Pending")
    evicted = a_pod(phase="Failed", reason="Evicted", message=text)
    lost = a_pod(
        phase="Failed", reason=text, message=text, conditions=[a_condition("DisruptionTarget", reason=text)]
    )
    for job in (failed_job(text, text), failed_job("DeadlineExceeded"), a_job()):
        for pods in ([], [pending], [pulling], [evicted], [lost]):
            check(job, pods, [an_event("FailedCreate", text)])
