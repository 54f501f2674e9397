"""The top of the page: the verdict in a sentence, the key figures, and where all of it comes from."""

from typing import Literal, NamedTuple

from model_monitor_analyzer.report import formatting as fmt
from model_monitor_analyzer.report.safe_text import label, message
from model_monitor_analyzer.report.words import TYPE_TITLES
from model_monitor_api.contract.report import AnalysisReport, Coverage

Tone = Literal["bad", "good", "unsure", "plain"]

_REASONS = {
    "NoData": "no data",
    "TooFewRecords": "too few records",
    "LowCoverage": "too few requests captured",
    "LabelsPending": "labels pending",
}
_MATCHES = {
    "All": "",
    "HourOfDay": ", the same hours of the day",
    "HourOfWeek": ", the same hours of the week",
}


class Tile(NamedTuple):
    """One key figure."""

    name: str
    value: str
    tone: Tone = "plain"


class Fact(NamedTuple):
    """One line of provenance; `code` where it is for copying."""

    name: str
    value: str
    code: bool = False


class Summary(NamedTuple):
    """The top of the page."""

    kind: str
    subject: str
    title: str
    tone: Tone
    verdict: str
    headline: str
    message: str
    window: str
    tiles: list[Tile]
    facts: list[Fact]


def summary_of(report: AnalysisReport) -> Summary:
    """Return the top of the page."""
    baseline = report.subject.kind == "Baseline"
    tone, verdict, headline = _verdict(report)
    subject = label(f"{report.subject.namespace}/{report.subject.name}", 120)
    kind = TYPE_TITLES[report.type] + (" baseline" if baseline else " report")
    window = fmt.span(report.window.start, report.window.end) if report.window else ""
    when = window or fmt.moment(report.completed_at)
    return Summary(
        kind=kind,
        subject=subject,
        title=f"{verdict}: {label(report.subject.name, 60)}, {when}",
        tone=tone,
        verdict=verdict,
        headline=headline,
        message=message(report.message, 1000) if report.message else "",
        window=window,
        tiles=_tiles(report, baseline=baseline),
        facts=_facts(report, baseline=baseline),
    )


def _verdict(report: AnalysisReport) -> tuple[Tone, str, str]:
    features = fmt.plural(report.counts.features, "feature")
    records = fmt.plural(report.counts.records, "record")
    if report.subject.kind == "Baseline":
        return "plain", "Baseline", f"{features} profiled from {records}"
    match report.verdict:
        case "CompletedWithViolations":
            count = fmt.plural(report.counts.violations, "violation")
            touched = len({(v.feature, v.segment) for v in report.violations})
            return "bad", "Violations", f"{count} in {touched:,} of {features}"
        case "Completed":
            return "good", "No violations", f"All checks passed for {features}"
        case "Inconclusive":
            reason = _REASONS.get(report.reason or "", label(report.reason or "no reason given", 64))
            return "unsure", "Inconclusive", f"Nothing decided: {reason}"


def _tiles(report: AnalysisReport, *, baseline: bool) -> list[Tile]:
    counts = report.counts
    tiles = [
        Tile("Records", f"{counts.records:,}"),
        Tile("Features", f"{counts.features:,}"),
        Tile("Bad records", f"{counts.bad_records:,}", "unsure" if counts.bad_records else "plain"),
    ]
    if baseline:
        return tiles
    return [Tile("Violations", f"{counts.violations:,}", "bad" if counts.violations else "plain"), *tiles]


def _facts(report: AnalysisReport, *, baseline: bool) -> list[Fact]:
    facts = [
        Fact("Baseline" if baseline else "Schedule", f"{report.subject.namespace}/{report.subject.name}")
    ]
    if report.window:
        facts.append(Fact("Window", fmt.span(report.window.start, report.window.end)))
    if report.decision:
        rate = report.false_discovery_rate
        limit = f", at most {fmt.number(rate * 100)}% false discoveries expected" if rate is not None else ""
        facts.append(Fact("Decision rule", f"{report.decision}{limit}"))
    if report.baseline_uri:
        facts.append(Fact("Compared with", report.baseline_uri + _MATCHES[report.reference], code=True))
    if report.objects:
        facts.append(Fact("Read", fmt.plural(report.objects, "object")))
    if report.coverage:
        facts.append(Fact("Captured", _captured(report.coverage)))
    if report.filtered_records:
        facts.append(Fact("Filtered out", fmt.plural(report.filtered_records, "record")))
    if report.failed_requests:
        facts.append(Fact("Failed requests", fmt.plural(report.failed_requests, "record")))
    facts.append(Fact("Completed", fmt.moment(report.completed_at)))
    facts.append(Fact("Run", report.run_id, code=True))
    if report.plan_digest:
        facts.append(Fact("Plan", report.plan_digest, code=True))
    if report.analyzer_version:
        facts.append(Fact("Software", f"Model Monitor {report.analyzer_version}"))
    return facts


def _captured(coverage: Coverage) -> str:
    if not coverage.accounts:
        return "unknown: no account lies beside the objects"
    known = f"{coverage.captured:,} of {fmt.plural(coverage.seen, 'request')}"
    return f"{known}; {fmt.plural(coverage.unaccounted, 'folder')} unknown" if coverage.unaccounted else known
