from itertools import pairwise

import numpy as np
import pytest
from scipy import special, stats

from model_monitor_analyzer.statistics.kolmogorov import kolmogorov_smirnov_p_value


@pytest.mark.parametrize("shift", [0.0, 0.3, 0.8])
@pytest.mark.parametrize(("n", "m"), [(3, 5), (7, 900), (100, 2333), (150, 150)])
def test_small_samples_have_scipys_exact_p_value(n: int, m: int, shift: float) -> None:
    rng = np.random.default_rng([n, m, int(shift * 10)])
    expected = stats.ks_2samp(rng.normal(size=n), rng.normal(shift, size=m), method="exact")
    assert kolmogorov_smirnov_p_value(expected.statistic, n, m) == pytest.approx(
        expected.pvalue, rel=1e-6, abs=1e-14
    )
    assert kolmogorov_smirnov_p_value(expected.statistic, m, n) == pytest.approx(
        expected.pvalue, rel=1e-6, abs=1e-14
    )


@pytest.mark.parametrize(("n", "m"), [(500, 2333), (1000, 1000), (5000, 100_000)])
def test_large_samples_have_the_asymptotic_p_value(n: int, m: int) -> None:
    distance = 2.2 * np.sqrt((n + m) / (n * m))
    assert kolmogorov_smirnov_p_value(distance, n, m) == pytest.approx(special.kolmogorov(2.2), rel=1e-9)


@pytest.mark.parametrize(("n", "m"), [(201, 400), (300, 300), (230, 500)])
@pytest.mark.parametrize("quantile", [1.6, 2.3])
def test_the_asymptotic_p_value_is_an_upper_bound_where_it_is_used(n: int, m: int, quantile: float) -> None:
    lattice = np.floor(quantile * np.sqrt((n + m) / (n * m)) * n * m) / (n * m)
    exact = 1 - _inside(float(lattice), n, m)
    assert kolmogorov_smirnov_p_value(float(lattice), n, m) >= exact * 0.999


def _inside(distance: float, n: int, m: int) -> float:
    """Probability that a random path from (0, 0) to (n, m) keeps less than `distance` from the diagonal."""
    keep = np.zeros(m + 1)
    keep[0] = 1
    for i in range(n + 1):
        new = np.zeros(m + 1)
        for j in range(m + 1):
            if abs(i / n - j / m) >= distance - 1e-12:
                continue
            if i == j == 0:
                new[0] = 1
                continue
            before = keep[j] * i if i else 0.0
            left = new[j - 1] * j if j else 0.0
            new[j] = (before + left) / (i + j)
        keep = new
    return float(keep[m])


def test_a_tiny_sample_against_a_huge_one_still_counts() -> None:
    found = kolmogorov_smirnov_p_value(0.99, 5, 50_000_000)
    assert found <= 1e-9
    assert found >= stats.kstwo.sf(0.99, 5) * 0.9


def test_ties_make_it_conservative() -> None:
    rng = np.random.default_rng(5)
    found = []
    for _ in range(400):
        one, two = rng.integers(0, 4, 60), rng.integers(0, 4, 300)
        distance = stats.ks_2samp(one, two, method="asymp").statistic
        found.append(kolmogorov_smirnov_p_value(float(distance), 60, 300))
    assert np.mean(np.array(found) < 0.05) <= 0.05


@pytest.mark.parametrize(("distance", "n", "m"), [(0.0, 10, 10), (0.5, 0, 10), (0.5, 10, 0), (-0.1, 5, 5)])
def test_nothing_to_compare_proves_nothing(distance: float, n: int, m: int) -> None:
    assert kolmogorov_smirnov_p_value(distance, n, m) == 1


def test_a_larger_distance_is_never_likelier() -> None:
    for n, m in ((5, 9), (100, 2333), (500, 2333), (150, 1_000_000)):
        found = [kolmogorov_smirnov_p_value(d, n, m) for d in np.linspace(0.01, 1, 60)]
        assert all(a >= b - 1e-12 for a, b in pairwise(found))
