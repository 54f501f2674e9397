import json

import numpy as np
import pytest

from model_monitor_analyzer.data_quality.adopted import adopt_statistics
from model_monitor_analyzer.data_quality.chart import Bar, draw_bars
from model_monitor_analyzer.data_quality.profile import FeatureProfile
from model_monitor_analyzer.sagemaker.statistics import Statistics
from tests.analyzer.data_quality.builders import profile_of
from tests.analyzer.data_quality.test_adopted import DOCUMENT


def feature(values: object) -> FeatureProfile:
    (found,) = profile_of({"x": list(values)}).features  # type: ignore[call-overload] # any iterable
    return found


def check_total(bars: tuple[Bar, ...]) -> None:
    assert sum(bar.baseline for bar in bars) == pytest.approx(1)
    assert sum(bar.current for bar in bars) == pytest.approx(1)


def test_numbers_share_their_edges() -> None:
    rng = np.random.default_rng(1)
    one, two = rng.normal(size=5000), rng.normal(1, size=800)
    bars = draw_bars("Numeric", feature(one), feature(two))
    check_total(bars)
    assert 20 < len(bars) < 30
    for bar in bars:
        low = -np.inf if bar.lower is None else bar.lower
        high = np.inf if bar.upper is None else bar.upper
        assert bar.current == pytest.approx(np.mean((two >= low) & (two < high)), abs=1e-9)
        assert bar.baseline == pytest.approx(np.mean((one >= low) & (one < high)), abs=0.003)


def test_a_stray_value_does_not_squeeze_the_rest() -> None:
    bars = draw_bars("Numeric", feature(np.arange(1000.0)), feature([*np.arange(999.0), 1e12]))
    check_total(bars)
    assert max(bar.current for bar in bars) < 0.1
    assert bars[-1].upper is None


def test_few_numbers_have_a_bar_each() -> None:
    bars = draw_bars("Numeric", feature([0, 0, 1, 5]), feature([0, 1, 1, 7]))
    assert [(bar.label, bar.baseline, bar.current) for bar in bars] == [
        ("0", 0.5, 0.25),
        ("1", 0.25, 0.5),
        ("5", 0.25, 0.0),
        ("7", 0.0, 0.25),
    ]


def test_infinities_are_in_no_bar() -> None:
    bars = draw_bars("Numeric", feature(np.arange(100.0)), feature([*np.arange(98.0), np.inf, -np.inf]))
    check_total(bars)
    (bar,) = draw_bars("Numeric", feature([np.inf] * 3), feature([-np.inf] * 3 + [1.0]))
    assert (bar.lower, bar.upper, bar.baseline, bar.current) == (1.0, 1.0, 0.0, 1.0)
    assert draw_bars("Numeric", feature([np.inf] * 3), feature([-np.inf])) == ()


LARGEST = float(np.finfo(np.float64).max)


@pytest.mark.parametrize("values", [[-LARGEST, LARGEST], [LARGEST], [-LARGEST], [5e-324, 1.5e-323]])
def test_edges_stay_finite_at_the_ends_of_the_floats(values: list[float]) -> None:
    bars = draw_bars("Numeric", feature(np.arange(100) / 7), feature([*(np.arange(90) / 9), *values * 40]))
    check_total(bars)
    ends = [end for bar in bars for end in (bar.lower, bar.upper) if end is not None]
    assert np.isfinite(ends).all()
    alone = draw_bars("Numeric", feature(values * 40), feature([*np.arange(40) / 41, *values * 4000]))
    check_total(alone)


def test_bars_of_whole_numbers_hold_equally_many_of_them() -> None:
    """Of uniform ages, 24 equal bins would hold two or three each, and look like spikes."""
    ages = np.repeat(np.arange(17, 75), 10)
    bars = draw_bars("Numeric", feature(ages), feature(ages[::2].astype(float)))
    check_total(bars)
    ends = [(bar.lower, bar.upper) for bar in bars]
    assert ends == [(float(low), float(low + 3)) for low in range(17, 75, 3)]
    assert [bar.baseline for bar in bars[:-1]] == pytest.approx([3 / 58] * 19)
    for mixed in (ages + 0.5, np.append(ages, 17.5)):
        assert any(bar.lower and bar.lower % 1 for bar in draw_bars("Numeric", feature(ages), feature(mixed)))


def test_categories_keep_the_baselines_order_then_new_ones_then_the_rest() -> None:
    before = [f"v{i:02d}" for i in range(30) for _ in range(60 - i)]
    bars = draw_bars("Categorical", feature(before), feature(["v00"] * 5 + ["new"] * 4 + ["v29"]))
    check_total(bars)
    assert [bar.label for bar in bars] == [*(f"v{i:02d}" for i in range(20)), "new", "v29", "other"]
    assert bars[20].current == pytest.approx(0.4)
    assert bars[20].lower is None
    assert [bar.rest for bar in bars] == [None] * 22 + ["Other"]


def test_the_rest_is_told_from_a_category_of_its_name() -> None:
    before = [f"v{i:02d}" for i in range(30) for _ in range(60 - i)] + ["other"] * 100
    now = before + [f"n{i}" for i in range(8) for _ in range(200)]
    bars = draw_bars("Categorical", feature(before), feature(now))
    check_total(bars)
    named = [bar for bar in bars if bar.rest is None]
    assert named[0].label == "other"
    assert [(bar.rest, bar.label) for bar in bars[len(named) :]] == [("Other", "other"), ("Unseen", "unseen")]
    assert bars[-1].baseline == 0
    assert bars[-1].current == pytest.approx(600 / len(now))
    assert bars[-2].current == pytest.approx(sum(60 - i for i in range(19, 30)) / len(now))


def test_buckets_of_an_adopted_baseline() -> None:
    statistics = Statistics.from_json(json.dumps(DOCUMENT), "statistics.json")
    adopted = adopt_statistics(statistics, "statistics.json").by_name["x"]
    bars = draw_bars("Numeric", adopted, feature(np.linspace(-10, 120, 500)))
    check_total(bars)
    assert [bar.baseline for bar in bars] == pytest.approx([0, *[0.1] * 10, 0])


@pytest.mark.parametrize("missing", [0, 1])
def test_one_side_alone_is_drawn(missing: int) -> None:
    sides: list[FeatureProfile | None] = [feature([1, 2, 3]), feature([1, 2, 3])]
    sides[missing] = None
    bars = draw_bars("Numeric", sides[0], sides[1])
    assert len(bars) == 3
    assert sum((bar.baseline, bar.current)[missing] for bar in bars) == 0


@pytest.mark.parametrize("kind", ["Id", "Text", "Timestamp", "Ignore"])
def test_what_is_not_compared_is_not_drawn(kind: str) -> None:
    assert draw_bars(kind, feature(["a"]), feature(["a"])) == ()  # type: ignore[arg-type] # parametrised literal


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw_bars("Numeric", feature(["a"]), None) == ()
    assert draw_bars("Categorical", None, None) == ()
