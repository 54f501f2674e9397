"""The whole page as data: what stands on it, in which order, and how much is left out to bound its size."""

from dataclasses import dataclass

from model_monitor_analyzer.report.advice import Step, next_steps
from model_monitor_analyzer.report.checks import SENTENCE_SHOWN
from model_monitor_analyzer.report.details import Detail, detail_of
from model_monitor_analyzer.report.overview import (
    SegmentRow,
    disagreement,
    in_full,
    key_of,
    ranked,
    segment_rows,
)
from model_monitor_analyzer.report.records import BadRecordTable, bad_record_table
from model_monitor_analyzer.report.rows import NAME_SHOWN, Row, row_of
from model_monitor_analyzer.report.safe_text import label, prose
from model_monitor_analyzer.report.summary import Summary, summary_of
from model_monitor_analyzer.report.violations import ViolationRow, violation_rows
from model_monitor_analyzer.report.words import OTHER_RULE, STATUS_WORDS, Status
from model_monitor_api.contract.report import AnalysisReport

ROWS_SHOWN = 5_000
"""Features in the overview."""

LINES_SHOWN = 500
"""Lines of any other list."""


@dataclass(frozen=True)
class Page:
    """All that stands on the page. What ends in `_left_out` counts what does not."""

    summary: Summary
    steps: list[Step]
    violations: list[ViolationRow]
    violations_left_out: int
    rows: list[Row]
    rows_left_out: int
    details: list[Detail]
    anchors: frozenset[str]
    kinds: list[str]
    statuses: dict[Status, str]
    segments: list[SegmentRow]
    segments_left_out: int
    unassessed: list[tuple[str, str]]
    unassessed_left_out: int
    bad_records: BadRecordTable
    baseline: bool
    other_rule: str
    disagreement: str


def page_of(report: AnalysisReport) -> Page:
    """Return what the page of a report shows."""
    entries = ranked(report)
    rows = [row_of(entry.feature, entry.anchor, entry.status) for entry in entries[:ROWS_SHOWN]]
    features = {entry.anchor: entry.feature for entry in entries}
    details = [detail_of(features[row.anchor], row) for row in in_full(rows)]
    anchors = {key_of(features[detail.row.anchor]): detail.row.anchor for detail in details}
    unassessed = sorted((report.data_quality.not_assessed if report.data_quality else {}).items())
    segments = segment_rows(entries)
    violations = violation_rows(report, anchors)
    return Page(
        summary=summary_of(report),
        steps=next_steps(report),
        violations=violations,
        violations_left_out=len(report.violations) - len(violations),
        rows=rows,
        rows_left_out=len(entries) - len(rows),
        details=details,
        anchors=frozenset(anchors.values()),
        kinds=sorted({row.kind for row in rows}),
        statuses={
            status: word for status, word in STATUS_WORDS.items() if any(r.status == status for r in rows)
        },
        segments=segments[:LINES_SHOWN],
        segments_left_out=max(0, len(segments) - LINES_SHOWN),
        unassessed=[
            (label(name, NAME_SHOWN), prose(why, SENTENCE_SHOWN)) for name, why in unassessed[:LINES_SHOWN]
        ],
        unassessed_left_out=max(0, len(unassessed) - LINES_SHOWN),
        bad_records=bad_record_table(report),
        baseline=report.subject.kind == "Baseline",
        other_rule=OTHER_RULE[report.decision] if report.decision else "",
        disagreement=disagreement(report, entries),
    )
