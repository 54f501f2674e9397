import datetime as dt

import polars as pl
import pytest

from model_monitor_analyzer.data_quality.kinds import column_kinds, infer_kind
from model_monitor_analyzer.data_quality.summarised import profile_summary
from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.summaries import SummarySettings, summarise
from tests.analyzer.data_quality.builders import baseline_of, profile_of, run

ROWS = 400


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([i % 7 for i in range(ROWS)], "Numeric"),
        ([i / 3 for i in range(ROWS)], "Numeric"),
        (list(range(1000, 1000 + ROWS)), "Id"),
        (list(range(ROWS, 0, -1)), "Id"),
        ([float(i) + 0.5 for i in range(ROWS)], "Numeric"),
        ([f"c{i % 120}" for i in range(ROWS)], "Categorical"),
        ([f"c{i % 150}" for i in range(ROWS)], "Categorical"),
        ([f"text {i}" for i in range(ROWS)], "Text"),
        ([i % 2 == 0 for i in range(ROWS)], "Boolean"),
        ([dt.date(2026, 1, 1) + dt.timedelta(days=i % 9) for i in range(ROWS)], "Timestamp"),
        ([f"2026-01-{i % 28 + 1:02d}" for i in range(ROWS)], "Timestamp"),
        ([None] * ROWS, "Text"),
    ],
    ids=[
        "codes", "numbers", "counter", "falling counter", "rising fractions", "120 strings", "150 strings",
        "texts", "booleans", "dates", "dates as text", "nothing",
    ],
)  # fmt: skip
def test_kind_is_found_out_from_the_values(values: list[object], kind: str) -> None:
    assert column_kinds(profile_of({"x": values}), {}) == {"x": kind}


def test_three_rising_integers_are_no_counter() -> None:
    assert column_kinds(profile_of({"x": [1, 2, 3]}), {}) == {"x": "Numeric"}


def test_what_is_declared_wins() -> None:
    profile = profile_of({"code": [1, 2, 1, 2], "y": [1.0, 2.0, 3.0, 4.0]})
    assert column_kinds(profile, {"code": "Categorical"}) == {"code": "Categorical", "y": "Numeric"}


def test_a_kind_of_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(
        ConfigurationError, match=r"columns.kinds: the data has no column 'z'; its columns are x"
    ):
        column_kinds(profile_of({"x": [1]}), {"z": "Id"})


@pytest.mark.parametrize(
    ("rows", "kind"), [(0, "Text"), (1, "Numeric"), (2, "Numeric"), (23, "Numeric"), (24, "Id")]
)
def test_few_values_in_order_are_no_counter(rows: int, kind: str) -> None:
    (found,) = profile_of({"x": [*range(rows), None]}).features
    assert infer_kind(found) == kind
    assert found.monotone == (kind == "Id")


def test_values_too_many_to_be_listed_are_all_others() -> None:
    frame = pl.DataFrame({"x": [f"v{i}" for i in range(500)]})
    settings = SummarySettings(strings="Physical", category_capacity=100)
    profile = profile_summary(summarise(frame, settings))
    (found,) = profile.features
    assert found.categories is not None
    assert (dict(found.categories.counts), found.categories.other) == ({}, 500)
    baseline = baseline_of(profile, kinds={"x": "Categorical"})
    for window in (profile, profile_of({"x": ["a", "b"] * 250})):
        outcomes = {
            name: run(one, two)
            for name, one, two in (
                ("forth", baseline, window),
                ("back", baseline_of(window, kinds={"x": "Categorical"}), profile),
            )
        }
        expected = "Compliant" if window is profile else "Violations"
        assert outcomes["back"].decided.verdict == expected
        assert outcomes["forth"].rows == 500
    texts = SummarySettings(strings="Physical", text=frozenset({"x"}))
    (text,) = profile_summary(summarise(frame, texts)).features
    assert text.categories is None
