import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from model_monitor_analyzer.statistics.multiplicity import benjamini_hochberg, benjamini_yekutieli

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(p_values)
def test_q_values_are_scipys(values: list[float]) -> None:
    np.testing.assert_allclose(benjamini_hochberg(values), stats.false_discovery_control(values), atol=1e-12)
    np.testing.assert_allclose(
        benjamini_yekutieli(values), stats.false_discovery_control(values, method="by"), atol=1e-12
    )


def test_nothing_gives_nothing() -> None:
    assert benjamini_hochberg([]).size == 0
    assert benjamini_yekutieli([]).size == 0


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        benjamini_hochberg([0.5, value])
