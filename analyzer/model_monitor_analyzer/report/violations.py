"""The list of violations, worst first, each with its way to the feature."""

from collections.abc import Mapping
from dataclasses import dataclass

from model_monitor_analyzer.report.checks import SENTENCE_SHOWN, Check, check_of
from model_monitor_analyzer.report.overview import Key
from model_monitor_analyzer.report.rows import NAME_SHOWN, SEGMENT_SHOWN
from model_monitor_analyzer.report.safe_text import LONGEST_TITLE, label, prose
from model_monitor_analyzer.report.words import NAME_SHOWN as CHECK_SHOWN
from model_monitor_analyzer.report.words import Term, check_term
from model_monitor_api.contract.report import AnalysisReport, CheckOutcome, FeatureReport

VIOLATIONS_SHOWN = 500


@dataclass(frozen=True)
class ViolationRow:
    """One violation. `anchor` is empty where its feature is not shown in full."""

    anchor: str
    name: str
    title: str
    segment: str
    term: Term
    constant: str
    check: Check | None
    description: str


def violation_rows(report: AnalysisReport, anchors: Mapping[Key, str]) -> list[ViolationRow]:
    """Return the first violations, in the report's order.

    Parameters
    ----------
    report
        The report.
    anchors
        Anchors of the features that are shown in full.
    """
    outcomes: dict[tuple[str, str | None, str], tuple[FeatureReport, CheckOutcome]] = {
        (feature.name, feature.segment, outcome.check): (feature, outcome)
        for feature in (report.data_quality.features if report.data_quality else [])
        for outcome in feature.checks
    }
    rows = []
    for violation in report.violations[:VIOLATIONS_SHOWN]:
        outcome = outcomes.get((violation.feature, violation.segment, violation.check))
        rows.append(
            ViolationRow(
                anchor=anchors.get((violation.feature, violation.segment), ""),
                name=label(violation.feature, NAME_SHOWN),
                title=label(violation.feature, LONGEST_TITLE),
                segment=label(violation.segment, SEGMENT_SHOWN) if violation.segment is not None else "",
                term=check_term(violation.check),
                constant=label(violation.check, CHECK_SHOWN),
                check=check_of(*outcome) if outcome else None,
                description=prose(violation.description, SENTENCE_SHOWN),
            )
        )
    return rows
