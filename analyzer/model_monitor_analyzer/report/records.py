"""Records that could not be read: how many of which kind, and where the first of them stand."""

from dataclasses import dataclass

from model_monitor_analyzer.report import formatting as fmt
from model_monitor_analyzer.report.safe_text import label
from model_monitor_api.contract.report import AnalysisReport

KINDS_SHOWN, SAMPLES_SHOWN = 50, 100
KIND_SHOWN, URI_SHOWN = 64, 200


@dataclass(frozen=True)
class KindRow:
    """How many records had something wrong."""

    kind: str
    count: str
    share: str


@dataclass(frozen=True)
class SampleRow:
    """Where one of them stands."""

    uri: str
    position: str
    kind: str


@dataclass(frozen=True)
class BadRecordTable:
    """All that the page says of them."""

    total: int
    kinds: list[KindRow]
    samples: list[SampleRow]


def bad_record_table(report: AnalysisReport) -> BadRecordTable:
    """Return what the page says of records that could not be read, most frequent kind first."""
    bad = report.bad_records
    total = report.counts.bad_records
    counted = max(1, sum(bad.counts.values()))
    kinds = sorted(bad.counts.items(), key=lambda item: (-item[1], item[0]))
    return BadRecordTable(
        total=total,
        kinds=[
            KindRow(label(kind, KIND_SHOWN), f"{count:,}", fmt.percent(count / counted))
            for kind, count in kinds[:KINDS_SHOWN]
        ],
        samples=[
            SampleRow(
                label(sample.object, URI_SHOWN),
                f"{sample.position:,}" if sample.position else "whole object",
                label(sample.kind, KIND_SHOWN),
            )
            for sample in bad.samples[:SAMPLES_SHOWN]
        ],
    )
