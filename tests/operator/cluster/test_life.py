"""A watch lives as long as it is begun anew."""

import pytest

from model_monitor_operator.cluster.life import SILENT_SECONDS, Life
from model_monitor_operator.cluster.places import Place, place_of, places

ONE = (Place("Job", "models"), Place("Pod", "models"))


def test_watches_that_were_never_begun_or_too_long_ago_are_silent() -> None:
    now = [0.0]
    life = Life(ONE, lambda: now[0])
    assert life.silent() == ONE
    life.begun(ONE[0])
    assert life.silent() == ONE[1:]
    life.begun(ONE[1])
    now[0] += SILENT_SECONDS
    assert life.silent() == ()
    now[0] += 1
    life.begun(ONE[1])
    assert life.silent() == ONE[:1]


def test_what_is_not_watched_is_never_silent() -> None:
    life = Life((), lambda: 0.0)
    life.begun(ONE[0])
    assert life.silent() == ()


def test_every_kind_is_watched_in_every_namespace_or_once_in_all() -> None:
    assert len(places([])) == 10
    assert {place.namespace for place in places([])} == {None}
    twice = places(["a", "b", "a"])
    assert len(twice) == 20
    assert {place.namespace for place in twice} == {"a", "b"}


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/apis/modelmonitor.dev/v1alpha1/baselines", Place("Baseline", None)),
        ("/apis/batch/v1/namespaces/models/cronjobs", Place("CronJob", "models")),
        ("/api/v1/pods", Place("Pod", None)),
        ("/api/v1/namespaces/models/configmaps", Place("ConfigMap", "models")),
        ("/api/v1/namespaces/models/configmaps/one", None),
        ("/api/v1/namespaces/models", None),
        ("/api/v1/secrets", None),
        ("/apis/batch/v1", None),
        ("/apis/batch/v2/cronjobs", None),
        ("/version", None),
    ],
)
def test_a_path_names_a_place(path: str, place: Place | None) -> None:
    assert place_of(path) == place


def test_a_place_is_told_in_words() -> None:
    assert [str(place) for place in (Place("Job", None), ONE[1])] == [
        "jobs in all namespaces",
        "pods in namespace 'models'",
    ]
