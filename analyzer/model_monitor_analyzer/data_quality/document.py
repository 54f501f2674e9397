"""`statistics.json` from a profile, with the fields that SageMaker's analyzer really writes."""

from __future__ import annotations

from model_monitor_analyzer.data_quality.kinds import LOW_CARDINALITY
from model_monitor_analyzer.data_quality.profile import DatasetProfile, FeatureProfile
from model_monitor_analyzer.sagemaker.statistics import (
    Bucket,
    Categorical,
    CategoryCount,
    Common,
    Dataset,
    FeatureStatistics,
    Kll,
    NumericalDistribution,
    NumericalStatistics,
    Sketch,
    SketchParameters,
    Statistics,
    StringDistribution,
    StringStatistics,
)


def to_statistics(profile: DatasetProfile, *, sketches: bool = True) -> Statistics:
    """Write a profile as `statistics.json`.

    Parameters
    ----------
    profile
        What is known of the columns.
    sketches
        Whether numeric columns carry their quantile sketch (about 120 KB of text each), not only ten buckets.
    """
    return Statistics(
        version=0.0,
        dataset=Dataset(item_count=profile.rows),
        features=[_feature(feature, sketches=sketches) for feature in profile.features],
    )


def _feature(feature: FeatureProfile, *, sketches: bool) -> FeatureStatistics:
    common = Common(num_present=feature.present, num_missing=feature.missing)
    if feature.inferred_type in {"Integral", "Fractional"}:
        numbers = _numbers(feature, common, sketches=sketches)
        return FeatureStatistics(
            name=feature.name, inferred_type=feature.inferred_type, numerical_statistics=numbers
        )
    strings = StringStatistics(
        common=common,
        distinct_count=feature.distinct,
        completeness=feature.completeness,
        distribution=_categories(feature),
    )
    return FeatureStatistics(
        name=feature.name, inferred_type=feature.inferred_type, string_statistics=strings
    )


def _numbers(feature: FeatureProfile, common: Common, *, sketches: bool) -> NumericalStatistics:
    moments = feature.moments
    return NumericalStatistics(
        common=common,
        mean=moments.mean if moments else None,
        sum=moments.sum if moments else None,
        std_dev=moments.std_dev if moments else None,
        min=moments.minimum if moments else None,
        max=moments.maximum if moments else None,
        approximate_num_distinct_values=feature.distinct,
        completeness=feature.completeness,
        distribution=_distribution(feature, sketches=sketches),
    )


def _distribution(feature: FeatureProfile, *, sketches: bool) -> NumericalDistribution | None:
    sketch, moments = feature.sketch, feature.moments
    if sketch is None or moments is None:
        return None
    buckets = [
        Bucket(lower_bound=bucket.lower, upper_bound=bucket.upper, count=float(bucket.count))
        for bucket in sketch.buckets(moments.minimum, moments.maximum)
    ]
    written = Sketch(parameters=SketchParameters(c=sketch.c, k=float(sketch.k)), data=sketch.to_data())
    return NumericalDistribution(kll=Kll(buckets=buckets, sketch=written if sketches else None))


def _categories(feature: FeatureProfile) -> StringDistribution | None:
    table = feature.categories
    if table is None or not table.complete or len(table.counts) > LOW_CARDINALITY:
        return None
    return StringDistribution(
        categorical=Categorical(
            buckets=[
                CategoryCount(value=name, count=table.counts[name]) for name in table.top(LOW_CARDINALITY)
            ]
        )
    )
