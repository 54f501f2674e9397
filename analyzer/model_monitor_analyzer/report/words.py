# ruff: noqa: RUF001 # signs of typography are meant: minus and dash
"""What the constants of a report are called on the page, and what they mean in a sentence."""

from dataclasses import dataclass
from typing import Literal

from model_monitor_analyzer.report.safe_text import label
from model_monitor_api.v1alpha1.analysis import Decision, MonitorType

NAME_SHOWN = 48
"""Characters of a name that is not known here."""

Status = Literal["violation", "underpowered", "unassessed", "clear", "profile"]
"""How one feature stands: on the page in colour, icon and word."""

STATUS_WORDS: dict[Status, str] = {
    "violation": "Violation",
    "underpowered": "Too few records",
    "unassessed": "Not assessed",
    "clear": "No violation",
    "profile": "Profiled",
}

TYPE_TITLES: dict[MonitorType, str] = {
    "DataQuality": "Data quality",
    "ModelQuality": "Model quality",
    "ModelBias": "Model bias",
    "ModelExplainability": "Feature attribution",
}

OTHER_RULE: dict[Decision, Decision] = {"Calibrated": "Compatible", "Compatible": "Calibrated"}


@dataclass(frozen=True)
class Term:
    """A word of the field: its title, and what it means in a sentence."""

    title: str
    meaning: str


_CHECKS = {
    "data_type_check": Term("Data type", "Share of values that do not have the baseline's type."),
    "completeness_check": Term("Completeness", "Share of values that are there, against the baseline."),
    "baseline_drift_check": Term(
        "Drift", "Distance of the window's distribution from the baseline's, from 0 to 1."
    ),
    "missing_column_check": Term("Missing column", "A column of the baseline did not arrive."),
    "extra_column_check": Term("Extra column", "A column arrived that the baseline does not have."),
    "categorical_values_check": Term("New values", "Share of values that the baseline does not list."),
}

_MEASURES = {
    "kolmogorovsmirnov": "Kolmogorov–Smirnov distance",
    "totalvariation": "total variation",
    "linfinity": "L∞ distance",
    "linfinityrobust": "L∞ distance less chance",
    "newvalues": "share of new values",
    "lengths": "distance of text lengths",
    "sharedifference": "difference of shares",
}

_DISTANCES = {
    "linfinitysimple": Term("L∞ distance", "Largest gap of the distribution functions, or of any one share."),
    "linfinityrobust": Term("L∞ distance less chance", "The same, less what chance may do."),
    "totalvariation": Term("Total variation", "Share of values that would have to change."),
    "chisquared": Term("χ² statistic", "Of the categories of the baseline."),
    "chisquaredpvalue": Term("χ² p-value", "How often as much would be seen if nothing had changed."),
    "psi": Term("Population stability index", "By custom 0.1 is a small change, 0.25 a large one."),
    "jensenshannon": Term("Jensen–Shannon distance", "From 0, the same, to 1, nothing in common."),
    "hellinger": Term("Hellinger distance", "From 0, the same, to 1, nothing in common."),
    "normalizedwasserstein": Term("Wasserstein-1 distance", "How far values moved, in standard deviations."),
}


def check_term(check: str) -> Term:
    """Return what a check is called; its own name where it is not one of SageMaker's."""
    return _CHECKS.get(check) or Term(label(check, NAME_SHOWN), "")


def measure_title(measure: str, check: str) -> str:
    """Return what an effect is called; after its check where the report does not say."""
    if not measure:
        return "distance" if check == "baseline_drift_check" else "share"
    return _MEASURES.get(_key(measure)) or label(measure, NAME_SHOWN)


def distance_term(name: str) -> Term:
    """Return what a published distance is called; its own name where it is not known."""
    return _DISTANCES.get(_key(name)) or Term(label(name, NAME_SHOWN), "")


def _key(name: str) -> str:
    """Return a name without its spelling: camel case, snake case and hyphens are one."""
    return "".join(c for c in name.lower() if c.isalnum())
