"""Whatever text the data holds, the page's structure is that of a harmless one, and the text is as meant."""

from hypothesis import given, settings
from hypothesis import strategies as st

from model_monitor_analyzer.report import render_report
from model_monitor_api.contract.report import (
    AnalysisReport,
    BadRecords,
    BadRecordSample,
    Bin,
    CheckOutcome,
    DataQualityReport,
    FeatureReport,
    ReportViolation,
    Side,
)
from tests.support import reports
from tests.support.markup import parse

ALLOWED = {
    "aria-hidden", "aria-label", "aria-labelledby", "autocomplete", "charset", "class", "content", "cx",
    "cy", "d", "data-kind", "data-label", "data-sort", "data-status", "data-value", "focusable",
    "height", "hidden", "href", "http-equiv", "id", "lang", "name", "open", "preserveaspectratio", "r",
    "role", "rx", "scope", "spellcheck", "tabindex", "title", "transform", "type", "value", "viewbox",
    "width", "x", "y",
}  # fmt: skip
"""Attributes that the templates write."""

BASE = reports.clean_report()


def _report_of(text: str) -> AnalysisReport:
    """Return a report that says `text` wherever data can say anything."""
    side = Side(present=5, missing=1, inferred_type=text, distinct=2.0)
    check = CheckOutcome(
        check=text,
        violated=True,
        violated_by_other_rule=False,
        effect=0.5,
        floor=0.1,
        description=text,
        measure=text,
    )
    feature = FeatureReport(
        name=text,
        kind=text,
        segment=text,
        checks=[check],
        distances={text: 0.1},
        baseline=side,
        current=side,
        bins=[Bin(label=text, baseline=0.4, current=0.6), Bin(label="b", baseline=0.6, current=0.4)],
        notes=[text],
    )
    return BASE.model_copy(
        update={
            "message": text,
            "run_id": text,
            "plan_digest": text,
            "analyzer_version": text,
            "baseline_uri": text,
            "violations": [
                ReportViolation(feature=text, check=text, description=text, severity=1.0, segment=text)
            ],
            "bad_records": BadRecords(
                counts={text: 1}, samples=[BadRecordSample(object=text, position=1, kind=text)]
            ),
            "data_quality": DataQualityReport(features=[feature], not_assessed={text: text}),
        }
    )


def _structure(text: str) -> list[str]:
    page = parse(render_report(_report_of(text)))
    assert {name for e in page.all() for name in e.attributes} <= ALLOWED
    return [e.tag for e in page.all()]


def test_hostile_texts_make_no_element_and_no_attribute() -> None:
    harmless = _structure("harmless")
    for name in filter(str.strip, reports.HOSTILE_NAMES):
        assert _structure(name) == harmless, name[:80]


@settings(max_examples=30, deadline=None)
@given(
    st.text(
        st.one_of(st.sampled_from("<>\"'&/=`{}%-!;#x\n\0\u202e"), st.characters(exclude_categories=["Cs"])),
        min_size=1,
    ).filter(str.strip)
)
def test_no_text_makes_an_element(text: str) -> None:
    assert _structure(text) == _structure("harmless")


def test_names_are_shown_as_they_are_with_the_invisible_written_out() -> None:
    page = parse(render_report(_report_of("<b>\u202egnp.exe</b> & \"x\" 'y'\x00")))
    shown = "<b>\\u202egnp.exe</b> & \"x\" 'y'\\x00"
    assert page.one("h3").text == shown
    assert [e.text for e in page.all("li") if e.text == shown], "the note is not shown"


def test_the_page_holds_no_invisible_character_but_line_ends() -> None:
    text = render_report(reports.hostile_report()).decode()
    assert not {c for c in text if not c.isprintable()} - {"\n"}


def test_a_name_of_ten_thousand_characters_is_cut_in_the_middle_and_longer_on_hovering() -> None:
    page = parse(render_report(_report_of("a" * 5000 + "z" * 5000)))
    heading = page.one("h3")
    assert heading.words.startswith("aaa")
    assert "…" in heading.words
    assert heading.words.endswith("zzz")
    assert len(heading.words) == 64
    assert len(heading.attributes["title"]) == 512
    assert len(render_report(_report_of("a" * 10_000))) < 120_000
