"""`constraint_violations.json`: which constraints did not hold, and the analyzer's sentences for them.

Sentences that are known from real output or parsed by SageMaker's own tools are kept word for word, so that
what reads them keeps working; the others are ours.
"""

from __future__ import annotations

from model_monitor_analyzer.sagemaker.document import Document


class ConstraintViolation(Document):
    """One constraint that did not hold."""

    feature_name: str
    constraint_check_type: str
    description: str


class ConstraintViolations(Document):
    """The file; an empty list means that all constraints held."""

    violations: list[ConstraintViolation]


def data_type_text(inferred_type: str, least_share: float, share: float) -> str:
    """Return the sentence of a `data_type_check`; shares from 0 to 1."""
    return (
        f"Data type match requirement is not met. Expected data type: {inferred_type}, "
        f"Expected match: {least_share * 100}%. Observed: Only {share * 100}% of data is {inferred_type}."
    )


def requirement_text(value: float) -> str:
    """Return the sentence of a `completeness_check` or a `categorical_values_check`: the observed share."""
    return f"Value: {value} does not meet the constraint requirement!"


def drift_text(distance: float, threshold: float) -> str:
    """Return the sentence of a `baseline_drift_check`."""
    return f"Baseline drift distance: {distance} exceeds threshold: {threshold}"


def missing_column_text(name: str) -> str:
    """Return the sentence of a `missing_column_check`."""
    return f"Column {name} of the baseline is missing in the current data."


def extra_column_text(name: str) -> str:
    """Return the sentence of an `extra_column_check`."""
    return f"Column {name} of the current data is not in the baseline."
