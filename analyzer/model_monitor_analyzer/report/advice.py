"""What to do next: the question of whoever is woken by an alarm, answered from what was found."""

from collections.abc import Iterable
from typing import NamedTuple

from model_monitor_analyzer.report import formatting as fmt
from model_monitor_analyzer.report.safe_text import label, quoted
from model_monitor_api.contract.report import AnalysisReport


class Step(NamedTuple):
    """One thing to do.

    Attributes
    ----------
    lead
        What was found, in a few words.
    text
        What to do about it, in a sentence or two.
    """

    lead: str
    text: str


# In the order in which they explain each other: a column that is gone explains all that follows.
_BY_CHECK = {
    "missing_column_check": Step(
        "Did not arrive",
        "Look at the latest change of whatever sends the requests, before reading anything else here.",
    ),
    "extra_column_check": Step(
        "Not in the baseline",
        "If the model reads it, compute a new Baseline; if not, name it under columns.exclude.",
    ),
    "data_type_check": Step(
        "Changed type",
        "Look for a changed format upstream: a decimal comma, a unit in the text, a quoted number.",
    ),
    "completeness_check": Step(
        "Missing more often",
        "Look for a failed join, a dropped field, or a client that leaves it out.",
    ),
    "categorical_values_check": Step(
        "Values that the baseline does not list",
        "If they are right, the model has not learnt them: retrain, then compute a new Baseline.",
    ),
    "baseline_drift_check": Step(
        "Drifted",
        "Compare the charts. A jump, a gap or a second hill in few features is mostly a fault of the data: a "
        "changed unit, a default value, a release upstream.",
    ),
}
_MANY_DRIFTED = Step(
    "Drifted together",
    "Where most features move at once, the world has changed rather than the data: a campaign, a season, "
    "another kind of customer. See whether the model still fits it.",
)
_DRIFTED = _BY_CHECK["baseline_drift_check"]
_OTHER_CHECK = Step("Beyond its bound", "Read what was seen, below.")
_NEW_NORMAL = Step(
    "If this is to stay",
    "Compute a new Baseline from a healthy stretch of traffic; until then every window will say the same.",
)
_NOTHING = Step("Nothing needs to be done", "Every check of this window passed.")
_UNDERPOWERED = Step(
    "Too few records to tell",
    "So few would not have shown a change of the size of the floor. If it matters here, use a longer window.",
)

_BY_REASON = {
    "NoData": Step(
        "No record in this window",
        "See whether the model had traffic, whether capture is on, and whether the path template matches "
        "where the objects lie.",
    ),
    "TooFewRecords": Step(
        "Too few records",
        "Nothing alarmed, but so few records cannot show that nothing changed. Use a longer window, or lower "
        "minRecords.",
    ),
    "LowCoverage": Step(
        "Too few of the requests were kept",
        "Look at the capture's conditions: sampling, a full spool, a refused store.",
    ),
    "LabelsPending": Step(
        "Labels have not arrived", "The window is run again when they do; nothing needs to be done now."
    ),
}
_OTHER_REASON = Step("Nothing was decided", "Read the reason above.")

_KINDS = Step(
    "Check the kinds below",
    "A code that is stored as a number is taken as Numeric unless columns.kinds says otherwise.",
)
_CONSTRAINTS = Step(
    "Check the suggested constraints", "Above all for features that are known to be incomplete."
)
_TRAINING_DATA = Step(
    "Prefer live traffic as the reference",
    "If this is training data: a daily cycle alone makes live traffic differ from it. A Baseline can be "
    "computed from a healthy stretch of captured traffic.",
)

_NAMES_SHOWN = 3
_FEW = 3
"""So many features that drift are few, however few there are."""


def next_steps(report: AnalysisReport) -> list[Step]:
    """Return what to do, most urgent first; never nothing."""
    if report.subject.kind == "Baseline":
        steps = [_KINDS, _CONSTRAINTS, *([_TRAINING_DATA] if report.window is None else [])]
    else:
        steps = _violation_steps(report)
        if report.verdict == "Inconclusive":
            steps.append(_BY_REASON.get(report.reason or "", _OTHER_REASON))
    if report.counts.bad_records:
        lead = f"{fmt.plural(report.counts.bad_records, 'record')} could not be read"
        steps.append(Step(lead, "The section on bad records says how many of which kind, and where."))
    return steps or [_NOTHING, *_underpowered_steps(report)]


def _violation_steps(report: AnalysisReport) -> list[Step]:
    if not report.violations:
        return []
    steps: dict[Step, dict[str, None]] = {step: {} for step in (*_BY_CHECK.values(), _OTHER_CHECK)}
    for violation in report.violations:
        steps[_BY_CHECK.get(violation.check, _OTHER_CHECK)][violation.feature] = None
    drifted = steps[_DRIFTED]
    if len(drifted) > max(_FEW, report.counts.features / 2):
        steps = {_MANY_DRIFTED if step is _DRIFTED else step: names for step, names in steps.items()}
    named = [Step(f"{step.lead}: {_listed(names)}", step.text) for step, names in steps.items() if names]
    return [*named, _NEW_NORMAL]


def _underpowered_steps(report: AnalysisReport) -> list[Step]:
    names = report.data_quality.underpowered if report.data_quality else []
    return [Step(f"{_UNDERPOWERED.lead}: {_listed(names)}", _UNDERPOWERED.text)] if names else []


def _listed(names: Iterable[str]) -> str:
    shown = [quoted(label(name, 40)) for name in names]
    more = len(shown) - _NAMES_SHOWN
    return ", ".join(shown[:_NAMES_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
