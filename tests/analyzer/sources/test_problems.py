"""Problems add up to the same in any order."""

import random

from model_monitor_analyzer.sources.problems import (
    SAMPLE_PER_KIND,
    Place,
    ProblemKind,
    ProblemLog,
    Problems,
)


def test_parts_add_up_in_any_order_and_the_sample_is_the_first_places() -> None:
    rng = random.Random(5)
    kinds = [ProblemKind.INVALID_JSON, ProblemKind.WIDTH_MISMATCH]
    first = [("s3://b/a", line) for line in range(1, SAMPLE_PER_KIND + 1)]
    parts = []
    for name in "abc":
        log = ProblemLog(f"s3://b/{name}")
        for line in range(1, 31):
            for kind in kinds:
                log.add(kind, line)
            if line % 7 == 0:
                parts.append(log.take())
        parts.append(log.take())
        assert not log.take()
    for _ in range(5):
        rng.shuffle(parts)
        total = sum(parts, Problems())
        assert total.counts == dict.fromkeys(sorted(kinds), 90)
        assert total.total == 180
        assert list(total.places) == [Place(kind, *place) for kind in sorted(kinds) for place in first]


def test_one_place_may_stand_for_many() -> None:
    log = ProblemLog("s3://b/x")
    log.add(ProblemKind.NOT_UTF8, 3, count=4)
    problems = log.take()
    assert problems.counts == {ProblemKind.NOT_UTF8: 4}
    assert problems.places == (Place(ProblemKind.NOT_UTF8, "s3://b/x", 3),)
