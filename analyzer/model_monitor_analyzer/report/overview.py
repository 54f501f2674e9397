"""Order and standing of all features: worst first, which are shown in full, segments, and the other rule."""

from collections.abc import Sequence
from dataclasses import dataclass

from model_monitor_analyzer.report import formatting as fmt
from model_monitor_analyzer.report.checks import ratio_of
from model_monitor_analyzer.report.rows import NAME_SHOWN, SEGMENT_SHOWN, Row
from model_monitor_analyzer.report.safe_text import label
from model_monitor_analyzer.report.words import OTHER_RULE, Status
from model_monitor_api.contract.report import AnalysisReport, FeatureReport

VIOLATED_IN_FULL, OTHERS_IN_FULL = 300, 100
"""Features with a violation, and others, that get a chart and all their numbers."""

_ORDER: dict[Status, int] = {"violation": 0, "underpowered": 1, "clear": 1, "profile": 1, "unassessed": 2}

Key = tuple[str, str | None]


@dataclass(frozen=True)
class Ranked:
    """A feature with its place on the page."""

    anchor: str
    feature: FeatureReport
    status: Status


@dataclass(frozen=True)
class SegmentRow:
    """One segment: its features, how many of them are violated, and the worst of these."""

    name: str
    features: int
    violated: int
    worst: str


def key_of(feature: FeatureReport) -> Key:
    """Return what identifies a feature within a report."""
    return feature.name, feature.segment


def ranked(report: AnalysisReport) -> list[Ranked]:
    """Return all features, worst first: as the violations are, then by effect against floor, then by name.

    The anchor follows the place in the document, so that a link stays good when the order changes.
    """
    data = report.data_quality
    if data is None:
        return []
    place: dict[Key, int] = {}
    for index, violation in enumerate(report.violations):
        place.setdefault((violation.feature, violation.segment), index)
    underpowered = frozenset(data.underpowered)
    entries = [
        Ranked(f"feature-{index + 1}", feature, _status(report, feature, underpowered))
        for index, feature in enumerate(data.features)
    ]

    def order(entry: Ranked) -> tuple[int, int, float, str, str]:
        feature = entry.feature
        ratio = max((ratio_of(c) for c in feature.checks), default=0.0)
        worst = place.get(key_of(feature), len(place))
        return _ORDER[entry.status], worst, -ratio, feature.name, feature.segment or ""

    if report.subject.kind == "Baseline":
        return entries
    return sorted(entries, key=order)


def in_full(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that are shown in full, in their order."""
    violated = [row for row in rows if row.status == "violation"][:VIOLATED_IN_FULL]
    others = [row for row in rows if row.status != "violation"][:OTHERS_IN_FULL]
    return [*violated, *others]


def segment_rows(entries: Sequence[Ranked]) -> list[SegmentRow]:
    """Return the segments, most violated first; `entries` are ranked."""
    by_segment: dict[str, list[Ranked]] = {}
    for entry in entries:
        if entry.feature.segment is not None:
            by_segment.setdefault(entry.feature.segment, []).append(entry)
    rows = []
    for name, members in by_segment.items():
        violated = [m for m in members if m.status == "violation"]
        worst = label(violated[0].feature.name, NAME_SHOWN) if violated else fmt.NOTHING
        rows.append(SegmentRow(label(name, SEGMENT_SHOWN), len(members), len(violated), worst))
    return sorted(rows, key=lambda row: (-row.violated, row.name))


def disagreement(report: AnalysisReport, entries: Sequence[Ranked]) -> str:
    """Return in a sentence what the rule that did not decide would have said; empty where none decided."""
    checks = [check for entry in entries for check in entry.feature.checks]
    if report.decision is None or not checks:
        return ""
    other = f"Under the rule {OTHER_RULE[report.decision]}"
    total = sum(c.violated_by_other_rule for c in checks)
    more = sum(c.violated_by_other_rule and not c.violated for c in checks)
    fewer = sum(c.violated and not c.violated_by_other_rule for c in checks)
    if not more and not fewer:
        return f"{other} the verdicts would have been the same."
    changes = [f"{count:,} {word}" for count, word in ((more, "more"), (fewer, "fewer")) if count]
    found = fmt.plural(total, "violation") if total else "no violations"
    return f"{other} there would have been {found}: {' and '.join(changes)} than under {report.decision}."


def _status(report: AnalysisReport, feature: FeatureReport, underpowered: frozenset[str]) -> Status:
    if report.subject.kind == "Baseline":
        return "profile"
    if any(c.violated for c in feature.checks):
        return "violation"
    if report.data_quality and feature.name in report.data_quality.not_assessed:
        return "unassessed"
    if feature.name in underpowered:
        return "underpowered"
    return "clear" if feature.checks else "unassessed"
