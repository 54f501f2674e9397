"""What figures of an adopted `statistics.json` must be like before anything is computed from them."""

import math

from model_monitor_analyzer.sagemaker.document import DocumentError
from model_monitor_analyzer.sagemaker.statistics import (
    FeatureStatistics,
    NumericalStatistics,
    Statistics,
)

LARGEST_DEVIATION = 1e150
"""A larger standard deviation has a square, times a number of rows, that a float64 cannot hold."""

_ROUNDING = 1e-9
"""By so much of its size a mean may be beyond the extremes: that of equal values, as additions round it."""


def check_statistics(document: Statistics, source: str) -> None:
    """Refuse statistics that no data can have.

    Parameters
    ----------
    document
        The file.
    source
        Its name for error messages.

    Raises
    ------
    DocumentError
        If there is no feature, or a figure is out of its range.
    """
    if not document.features:
        raise DocumentError(source, "$.features", "there is no feature, got []", "adopt a file that has some")
    for index, feature in enumerate(document.features):
        _check_feature(feature, source, f"$.features[{index}]")


def _check_feature(feature: FeatureStatistics, source: str, path: str) -> None:
    numbers, strings = feature.numerical_statistics, feature.string_statistics
    if numbers is None and strings is None and feature.inferred_type != "Unknown":
        raise DocumentError(
            source,
            path,
            f"a feature of type {feature.inferred_type} has neither numerical nor string_statistics",
            "add them, or remove the feature",
        )
    if strings:
        place = f"{path}.string_statistics"
        _require_share(strings.completeness, source, f"{place}.completeness")
        _require_count(strings.distinct_count, source, f"{place}.distinct_count")
    if numbers:
        place = f"{path}.numerical_statistics"
        _require_share(numbers.completeness, source, f"{place}.completeness")
        _require_count(
            numbers.approximate_num_distinct_values, source, f"{place}.approximate_num_distinct_values"
        )
        if numbers.common.num_present:
            _check_moments(numbers, source, place)


def _check_moments(numbers: NumericalStatistics, source: str, path: str) -> None:
    mean, deviation, low, high = numbers.mean, numbers.std_dev, numbers.min, numbers.max
    for name, value in (("mean", mean), ("std_dev", deviation), ("min", low), ("max", high)):
        if value is not None and not math.isfinite(value):
            raise _wrong(source, f"{path}.{name}", "must be a finite number", value)
    if numbers.sum is not None and math.isnan(numbers.sum):
        raise _wrong(source, f"{path}.sum", "must be a number", numbers.sum)
    if deviation is not None and not 0 <= deviation <= LARGEST_DEVIATION:
        raise _wrong(source, f"{path}.std_dev", f"must be between 0 and {LARGEST_DEVIATION:g}", deviation)
    if low is not None and high is not None:
        if low > high:
            raise _wrong(source, f"{path}.min", f"must not be above max, which is {high:g}", low)
        slack = _ROUNDING * max(abs(low), abs(high))
        if mean is not None and not low - slack <= mean <= high + slack:
            raise _wrong(source, f"{path}.mean", f"must be between min {low:g} and max {high:g}", mean)


def _require_share(value: float | None, source: str, path: str) -> None:
    if value is not None and not 0 <= value <= 1:
        raise _wrong(source, path, "must be between 0 and 1", value)


def _require_count(value: float | None, source: str, path: str) -> None:
    if value is not None and not 0 <= value < math.inf:
        raise _wrong(source, path, "must be a finite number and not negative", value)


def _wrong(source: str, path: str, problem: str, value: float) -> DocumentError:
    return DocumentError(
        source, path, f"{problem}, got {value:g}", "correct the value, or write the file anew"
    )
