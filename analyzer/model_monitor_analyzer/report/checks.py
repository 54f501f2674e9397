"""Checks in words: what was measured, against which floor, and how sure it is."""

from dataclasses import dataclass

from markupsafe import Markup

from model_monitor_analyzer.report import formatting as fmt
from model_monitor_analyzer.report.charts import meter
from model_monitor_analyzer.report.observations import observation
from model_monitor_analyzer.report.safe_text import label, prose
from model_monitor_analyzer.report.words import NAME_SHOWN, Term, check_term, measure_title
from model_monitor_api.contract.report import CheckOutcome, FeatureReport

SENTENCE_SHOWN = 600
"""Characters of a sentence that may name features."""

FAR = 1e9
"""Ratio to the floor that stands for anything beyond, and for what has no floor."""


@dataclass(frozen=True)
class Check:
    """One check of one feature. `ratio`, effect to floor, orders checks."""

    term: Term
    constant: str
    violated: bool
    by_other_rule: bool
    measure: str
    effect: str
    floor: str
    meter: Markup | None
    p_value: str
    q_value: str
    description: str
    observation: str
    ratio: float


def check_of(feature: FeatureReport, outcome: CheckOutcome) -> Check:
    """Return one check of a feature in words."""
    bar = None
    if outcome.effect is not None and outcome.floor is not None:
        bar = meter(outcome.effect, outcome.floor, violated=outcome.violated)
    return Check(
        term=check_term(outcome.check),
        constant=label(outcome.check, NAME_SHOWN),
        violated=outcome.violated,
        by_other_rule=outcome.violated_by_other_rule,
        measure=measure_title(outcome.measure, outcome.check),
        effect=fmt.number(outcome.effect, 3),
        floor=fmt.number(outcome.floor, 3),
        meter=bar,
        p_value=fmt.probability(outcome.p_value),
        q_value=fmt.probability(outcome.q_value),
        description=prose(outcome.description, SENTENCE_SHOWN) if outcome.description else "",
        observation=observation(feature, outcome.check),
        ratio=ratio_of(outcome),
    )


def ratio_of(outcome: CheckOutcome) -> float:
    """Return how many times its floor an effect is, by which checks are ordered."""
    if outcome.effect is None or outcome.floor is None:
        return FAR if outcome.violated else 0.0
    if outcome.floor > 0:
        return min(FAR, outcome.effect / outcome.floor)
    return FAR if outcome.effect > 0 else 0.0
