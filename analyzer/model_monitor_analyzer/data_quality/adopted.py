"""Profiles from a `statistics.json` of SageMaker's analyzer, so that its baselines can be taken over."""

from __future__ import annotations

from collections import Counter

import numpy as np

from model_monitor_analyzer.data_quality.adopted_checks import check_statistics
from model_monitor_analyzer.data_quality.profile import DatasetProfile, FeatureProfile
from model_monitor_analyzer.data_quality.summarised import cdf_of
from model_monitor_analyzer.sagemaker.document import DocumentError
from model_monitor_analyzer.sagemaker.statistics import (
    FeatureStatistics,
    Kll,
    NumericalStatistics,
    Statistics,
    StringStatistics,
)
from model_monitor_analyzer.statistics.categories import CategoryTable
from model_monitor_analyzer.statistics.cdf import BinnedCdf
from model_monitor_analyzer.summaries import Moments, QuantileSketch
from model_monitor_analyzer.summaries.keys import canonical_keys


def adopt_statistics(document: Statistics, source: str) -> DatasetProfile:
    """Read the profile of a data set from SageMaker's statistics.

    A sketch becomes a read-only weighted sample; without one, the ten buckets are read at their edges. Listed
    categories are taken as complete if they add up to the present values.

    Parameters
    ----------
    document
        The file.
    source
        Its name for error messages.

    Raises
    ------
    DocumentError
        If figures are out of their range or contradict one another, or a sketch or buckets cannot be
        those of the column.
    """
    check_statistics(document, source)
    rows = document.dataset.item_count
    return DatasetProfile(
        rows,
        tuple(
            _adopt(feature, rows, source, f"$.features[{index}]")
            for index, feature in enumerate(document.features)
        ),
    )


def _adopt(feature: FeatureStatistics, rows: int, source: str, path: str) -> FeatureProfile:
    common = feature.common
    missing = common.num_missing if common else rows
    if common and common.num_present + common.num_missing != rows:
        raise DocumentError(
            source,
            path,
            f"num_present and num_missing do not add up to item_count, got {common.num_present} "
            f"and {common.num_missing} of {rows}",
            "write the file anew",
        )
    numbers, strings = feature.numerical_statistics, feature.string_statistics
    moments = _moments(numbers, rows - missing) if numbers else None
    sketch, buckets = _distribution(numbers, source, f"{path}.numerical_statistics.distribution.kll")
    distinct = (
        numbers.approximate_num_distinct_values if numbers else strings.distinct_count if strings else None
    )
    return FeatureProfile(
        name=feature.name,
        rows=rows,
        missing=missing,
        inferred_type=feature.inferred_type,
        distinct=distinct or 0.0,
        moments=moments,
        cdf=cdf_of(sketch) if sketch else buckets,
        sketch=sketch,
        counts=_table(strings, rows - missing, source, path) if strings else None,
    )


def _moments(numbers: NumericalStatistics, present: int) -> Moments | None:
    known = (numbers.mean, numbers.std_dev, numbers.min, numbers.max)
    if not present or any(value is None for value in known):
        return None
    mean, deviation, minimum, maximum = (value for value in known if value is not None)
    total = numbers.sum if numbers.sum is not None else mean * present
    return Moments(present, total, mean, deviation**2 * present, minimum, maximum)


def _distribution(
    numbers: NumericalStatistics | None, source: str, path: str
) -> tuple[QuantileSketch | None, BinnedCdf | None]:
    kll = numbers.distribution.kll if numbers and numbers.distribution else None
    if kll is None:
        return None, None
    if kll.sketch and any(kll.sketch.data):
        parameters = kll.sketch.parameters
        try:
            return QuantileSketch.from_data(parameters.k, parameters.c, kll.sketch.data), None
        except ValueError as error:
            raise DocumentError(source, f"{path}.sketch", str(error), "write the file anew") from error
    return None, _buckets(kll, source, path)


def _buckets(kll: Kll, source: str, path: str) -> BinnedCdf | None:
    if not kll.buckets or not any(bucket.count for bucket in kll.buckets):
        return None
    edges = [kll.buckets[0].lower_bound, *(bucket.upper_bound for bucket in kll.buckets)]
    try:
        return BinnedCdf(np.array(edges), np.array([bucket.count for bucket in kll.buckets]))
    except ValueError as error:
        raise DocumentError(source, f"{path}.buckets", str(error), "write the file anew") from error


def _table(strings: StringStatistics, present: int, source: str, path: str) -> CategoryTable | None:
    categorical = strings.distribution.categorical if strings.distribution else None
    if categorical is None or not present:
        return None
    counts: Counter[str] = Counter()
    keys = canonical_keys([bucket.value for bucket in categorical.buckets])
    for key, bucket in zip(keys, categorical.buckets, strict=True):
        counts[key] += bucket.count
    counts += Counter()  # drops what was listed with a count of zero
    other = present - sum(counts.values())
    if other < 0:
        raise DocumentError(
            source,
            f"{path}.string_statistics.distribution.categorical",
            f"the counts add up to {present - other}, more than the {present} present values",
            "write the file anew",
        )
    return CategoryTable(counts, other)
