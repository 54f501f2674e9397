import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from model_monitor_analyzer.statistics.proportions import Proportion, exceeds_share_p_value, greater_p_value

proportions = st.integers(1, 400).flatmap(lambda n: st.builds(Proportion, st.integers(0, n), st.just(n)))


@given(proportions, proportions)
def test_the_two_sample_test_is_fishers(current: Proportion, reference: Proportion) -> None:
    table = [
        [current.count, current.n - current.count],
        [reference.count, reference.n - reference.count],
    ]
    expected = stats.fisher_exact(table, alternative="greater").pvalue
    assert greater_p_value(current, reference) == pytest.approx(expected, rel=1e-8, abs=1e-300)


@given(proportions, st.floats(0.0, 1.0))
def test_the_one_sample_test_is_binomial(current: Proportion, share: float) -> None:
    expected = stats.binomtest(current.count, current.n, share, alternative="greater").pvalue
    assert exceeds_share_p_value(current, share) == pytest.approx(expected, rel=1e-8, abs=1e-300)


def test_nothing_proves_nothing() -> None:
    assert greater_p_value(Proportion(0, 0), Proportion(1, 5)) == 1
    assert greater_p_value(Proportion(0, 10), Proportion(0, 5)) == 1
    assert Proportion(0, 0).share == 0


@pytest.mark.parametrize(("count", "n"), [(-1, 5), (6, 5)])
def test_impossible_counts_are_refused(count: int, n: int) -> None:
    with pytest.raises(ValueError, match="between 0 and n"):
        Proportion(count, n)


def test_millions_of_rows_keep_their_digits() -> None:
    assert greater_p_value(Proportion(50_500, 5_000_000), Proportion(50_000, 5_000_000)) == pytest.approx(
        stats.norm.sf((50_500 - 100_500 / 2 - 0.5) / (100_500 * 0.25 * (1 - 100_500 / 1e7)) ** 0.5), rel=1e-3
    )
