# ruff: noqa: RUF001 # signs of typography are what is tested
import pytest

from model_monitor_analyzer.report.observations import observation
from model_monitor_api.contract.report import Bin, FeatureReport, NumericSummary, Side


def _side(mean: float, std_dev: float, missing: int = 0) -> Side:
    numeric = NumericSummary(mean=mean, std_dev=std_dev, min=0.0, max=1.0)
    return Side(
        present=100 - missing, missing=missing, inferred_type="Fractional", distinct=9.0, numeric=numeric
    )


def _feature(before: Side | None, now: Side | None, bins: list[Bin] | None = None) -> FeatureReport:
    return FeatureReport(name="x", kind="Numeric", baseline=before, current=now, bins=bins or [])


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (_side(10, 4), _side(12, 4), "The mean went from 10 to 12: 0.5 baseline standard deviations higher."),
        (_side(10, 4), _side(4, 4), "The mean went from 10 to 4: 1.5 baseline standard deviations lower."),
        (
            _side(10, 4),
            _side(10.2, 9),
            "The mean went from 10 to 10.2, and the standard deviation from 4 to 9.",
        ),
        (_side(10, 0), _side(12, 1), "The mean went from 10 to 12."),
        (
            _side(-1.7e308, 1e300),
            _side(1.7e308, 1e300),
            (
                "The mean went from −1.7 × 10³⁰⁸ to 1.7 × 10³⁰⁸: 340,000,000 baseline standard "
                "deviations higher."
            ),
        ),
        (None, _side(1, 1), ""),
    ],
)
def test_drift_of_numbers(before: Side | None, now: Side, said: str) -> None:
    seen = observation(_feature(before, now), "baseline_drift_check")
    assert seen == said


def test_drift_of_categories_names_the_one_that_changed_most() -> None:
    side = Side(present=10, missing=0, inferred_type="String", distinct=2.0)
    bins = [
        Bin(label="a", baseline=0.6, current=0.5),
        Bin(label="b", baseline=0.4, current=0.1),
        Bin(label="u", baseline=0.0, current=0.4, rest="Unseen"),
    ]
    seen = observation(_feature(side, side, bins), "baseline_drift_check")
    assert seen == "Largest change: values not in the baseline went from 0% to 40.0%."
    assert observation(_feature(side, side, bins[:2]), "baseline_drift_check") == (
        "Largest change: “b” went from 40.0% to 10.0%."
    )
    assert observation(_feature(side, side), "baseline_drift_check") == ""


def test_a_declared_category_of_numbers_is_told_by_its_shares() -> None:
    bins = [Bin(label="12", baseline=0.6, current=0.5), Bin(label="24", baseline=0.4, current=0.5)]
    feature = _feature(_side(14, 5), _side(18, 5), bins).model_copy(update={"kind": "Categorical"})
    assert observation(feature, "baseline_drift_check") == "Largest change: “12” went from 60.0% to 50.0%."


def test_completeness_and_what_says_enough_itself() -> None:
    feature = _feature(_side(1, 1, missing=1), _side(1, 1, missing=25))
    assert observation(feature, "completeness_check") == "Missing values went from 1.0% to 25.0%."
    assert observation(feature, "data_type_check") == ""
    assert observation(_feature(_side(1, 1), _side(2, 1)), "completeness_check") == "No values are missing."
    same = _feature(_side(1, 1, missing=2), _side(2, 1, missing=2))
    assert observation(same, "completeness_check") == "Missing values stayed at 2.0%."
