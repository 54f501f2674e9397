# ruff: noqa: RUF001 # signs of typography are what is tested
import base64
import hashlib
import os
import re
import subprocess
import sys
from itertools import pairwise

import pytest

from model_monitor_analyzer.report import render_report
from tests.support import reports
from tests.support.markup import Element, parse

REPORTS = {
    "violated": reports.violated_report,
    "clean": reports.clean_report,
    "too few": reports.inconclusive_report,
    "no data": lambda: reports.inconclusive_report("NoData"),
    "baseline": reports.baseline_report,
    "segmented": reports.segmented_report,
    "hostile": reports.hostile_report,
}


@pytest.fixture(scope="module", params=REPORTS)
def any_page(request: pytest.FixtureRequest) -> bytes:
    return render_report(REPORTS[request.param]())


@pytest.fixture(scope="module")
def violated() -> Element:
    return parse(render_report(reports.violated_report()))


def test_a_name_in_the_message_is_quoted_as_elsewhere_and_escaped() -> None:
    report = reports.violated_report().model_copy(update={"message": "`<b>age</b>` changed."})
    page = render_report(report)
    (said,) = [e.text for e in parse(page).all("p") if e.attributes.get("class") == "message"]
    assert said == "“<b>age</b>” changed."
    assert "“&lt;b&gt;age&lt;/b&gt;” changed.".encode() in page


def test_every_link_and_reference_leads_to_the_one_element_of_that_id(any_page: bytes) -> None:
    page = parse(any_page)
    ids = [e.attributes["id"] for e in page.all() if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    wanted = [e.attributes["href"] for e in page.all() if "href" in e.attributes]
    wanted += [f"#{e.attributes['aria-labelledby']}" for e in page.all() if "aria-labelledby" in e.attributes]
    assert len(wanted) > 3
    assert {w.removeprefix("#") for w in wanted} <= set(ids)
    assert all(w.startswith("#") for w in wanted)


def test_nothing_is_fetched_from_anywhere(any_page: bytes) -> None:
    page = parse(any_page)
    fetching = {"src", "srcset", "action", "data", "poster", "background", "ping", "formaction", "manifest"}
    assert not [e for e in page.all() if fetching & e.attributes.keys()]
    assert not page.all("link")
    assert not page.all("base")
    assert not page.all("iframe")
    style = page.one("style").text
    assert "url(" not in style
    assert "@import" not in style
    assert not re.search(r"fetch|XMLHttpRequest|import\(|WebSocket|sendBeacon", page.one("script").text)


def test_the_policy_allows_exactly_the_style_and_the_script_of_the_page(any_page: bytes) -> None:
    page = parse(any_page)
    hashes = {
        tag: base64.b64encode(hashlib.sha256(page.one(tag).text.encode()).digest()).decode()
        for tag in ("style", "script")
    }
    meta = page.one("meta", http_equiv="Content-Security-Policy")
    assert meta.attributes["content"] == (
        f"default-src 'none'; style-src 'sha256-{hashes['style']}'; script-src 'sha256-{hashes['script']}'; "
        "base-uri 'none'; form-action 'none'"
    )
    head = [e for e in page.one("head").children if isinstance(e, Element)]
    assert head.index(meta) < min(head.index(page.one("style")), 2), "the policy must precede what it governs"


def test_no_element_has_inline_style_or_handlers(any_page: bytes) -> None:
    attributes = {name for e in parse(any_page).all() for name in e.attributes}
    assert not [name for name in attributes if name.startswith("on") or name == "style"]


def test_the_same_report_gives_the_same_bytes_in_any_process() -> None:
    document = reports.violated_report().model_dump_json(by_alias=True)
    code = (
        "import hashlib, sys\n"
        "from model_monitor_analyzer.report import render_report\n"
        "from model_monitor_api.contract.report import AnalysisReport\n"
        "page = render_report(AnalysisReport.model_validate_json(sys.stdin.read()))\n"
        "print(hashlib.sha256(page).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            input=document,
            env=os.environ | {"PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    page = render_report(reports.violated_report())
    assert digests == {hashlib.sha256(page).hexdigest()}
    assert page.startswith(b'<!doctype html>\n<html lang="en">')


def test_tables_name_their_columns_and_rows(any_page: bytes) -> None:
    for table in parse(any_page).all("table"):
        heads = table.all("th")
        assert heads
        assert {th.attributes.get("scope") for th in heads} <= {"col", "row"}
        (body,) = table.all("tbody")
        assert all(row.children and row.all("th") for row in body.all("tr"))
        if table.all("thead"):
            width = {len(r.all("th") + r.all("td")) for r in table.all("tr")}
            assert len(width) == 1, "a row has more or fewer cells than its header"


def test_every_chart_says_what_it_is_or_is_hidden_from_screen_readers(any_page: bytes) -> None:
    for svg in parse(any_page).all("svg"):
        if svg.attributes.get("role") == "img":
            assert svg.one("desc").words
            assert next(c for c in svg.children if isinstance(c, Element)).tag == "title"
        else:
            hidden: Element | None = svg
            while hidden and hidden.attributes.get("aria-hidden") != "true":
                hidden = hidden.parent
            assert hidden, "a drawing is neither described nor hidden"


def test_headings_go_down_one_level_at_a_time(any_page: bytes) -> None:
    levels = [int(e.tag[1]) for e in parse(any_page).all() if e.tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_top_says_how_it_ended_and_where_it_comes_from(violated: Element) -> None:
    assert violated.one("head").one("title").words == (
        "Violations: churn-data-quality, Tue 4 Mar 2025, 14:00–15:00 UTC (1 hour)"
    )
    assert violated.one("h1").words == "telecom/churn-data-quality"
    verdict = violated.one("section", class_="verdict")
    assert verdict.one("p", class_="word").words == "Violations"
    assert verdict.one("p", class_="headline").words == "5 violations in 5 of 16 features"
    assert verdict.one("use").attributes["href"] == "#icon-bad"
    tiles = [(t.one("dt").words, t.one("dd").words) for t in violated.all("div", class_="tile")]
    assert tiles == [("Violations", "5"), ("Records", "1,412"), ("Features", "16"), ("Bad records", "9")]
    facts = {f.one("dt").words: f.one("dd").words for f in violated.one("dl", class_="facts").all("div")}
    assert facts == {
        "Schedule": "telecom/churn-data-quality",
        "Window": "Tue 4 Mar 2025, 14:00–15:00 UTC (1 hour)",
        "Decision rule": "Calibrated, at most 1% false discoveries expected",
        "Compared with": "s3://monitoring/baselines/telecom/churn-2025-02/9f2feb0f1ef425b2/data-quality",
        "Read": "12 objects",
        "Filtered out": "38 records",
        "Completed": "Tue 4 Mar 2025, 15:10:41 UTC",
        "Run": "3f1a6e0c5b7d4c1f9a2e8d4b6c7f0e12",
        "Plan": "5eb63bbbe01eeed0",
        "Software": "Model Monitor 0.1.0",
    }


def test_violations_stand_in_the_order_of_the_report_and_lead_to_their_feature(violated: Element) -> None:
    report = reports.violated_report()
    rows = violated.one("ol", class_="violations").all("li")
    assert [row.one("a").words for row in rows] == [v.feature for v in report.violations]
    for row in rows:
        target = violated.one("h3", id=row.one("a").attributes["href"].removeprefix("#"))
        assert target.words == row.one("a").words
        details = target.parent and target.parent.parent
        assert details
        assert "open" in details.attributes, "a violated feature must be readable without a click"


def test_the_overview_has_every_feature_with_violated_ones_first(violated: Element) -> None:
    report = reports.violated_report()
    assert report.data_quality
    rows = violated.one("table", id="table").one("tbody").all("tr")
    names = [row.one("bdi").words for row in rows]
    assert sorted(names) == sorted(f.name for f in report.data_quality.features)
    statuses = [row.attributes["data-status"] for row in rows]
    assert statuses[:5] == ["violation"] * 5
    assert statuses.count("violation") == 5
    assert statuses[names.index("signal_quality")] == "underpowered"
    words = {row.one("span", class_="status").words for row in rows}
    assert words == {"Violation", "No violation", "Too few records"}


def test_a_feature_shows_both_sides_and_its_checks(violated: Element) -> None:
    report = reports.violated_report()
    assert report.data_quality
    feature = next(f for f in report.data_quality.features if f.name == "account_age_days")
    (section,) = [d for d in violated.all("details", class_="feature") if d.one("h3").words == feature.name]
    assert feature.current
    figures = {
        row.one("th").words: [td.words for td in row.all("td")]
        for row in section.all("table", class_="figures")[0].one("tbody").all("tr")
    }
    share = feature.current.missing / 1412
    assert figures["Present"] == ["2,333", f"{feature.current.present:,}"]
    assert figures["Missing"] == ["0", f"{feature.current.missing} ({share:.1%})"]
    checks = section.one("ul", class_="checks").all("li")
    assert [("violated" in c.attributes["class"], c.one("code").words) for c in checks] == [
        (True, "completeness_check"),
        (False, "baseline_drift_check"),
    ]
    assert f"Missing values went from 0% to {share:.1%}." in checks[0].words
    names = [row.one("th").words for row in section.all("table", class_="figures")[1].one("tbody").all("tr")]
    assert [n.split(" ")[0] for n in names] == ["Population", "Jensen–Shannon", "Hellinger", "Wasserstein-1"]


def test_categories_are_paired_bars_with_their_numbers(violated: Element) -> None:
    report = reports.violated_report()
    assert report.data_quality
    feature = next(f for f in report.data_quality.features if f.name == "payment_method")
    (section,) = [d for d in violated.all("details", class_="feature") if d.one("h3").words == feature.name]
    rows = section.one("table", class_="bars").one("tbody").all("tr")
    assert [r.one("th").words for r in rows] == ["card", "direct debit", "invoice", "not in the baseline"]
    shown = [[td.words for td in r.all("td", class_="number")[:2]] for r in rows]
    assert shown[:3] == [[f"{b.baseline:.1%}", f"{b.current:.1%}"] for b in feature.bins[:3]]
    assert shown[3] == ["0%", f"{feature.bins[3].current:.1%}"]
    largest = max(max(b.baseline, b.current) for b in feature.bins)
    widths = [[float(rect.attributes["width"]) for rect in r.all("rect")] for r in rows]
    for bar, (first, second) in zip(feature.bins, widths, strict=True):
        assert first == pytest.approx(100 * bar.baseline / largest, abs=0.06)
        assert second == pytest.approx(100 * bar.current / largest, abs=0.06)


def test_bad_records_and_columns_not_assessed_are_listed(violated: Element) -> None:
    bad = violated.one("section", id="bad-records")
    cells = [[c.words for c in row.all() if c.tag in ("th", "td")] for row in bad.all("tr")]
    assert ["InvalidJson", "7", "77.8%"] in cells
    uri = "s3://captures/churn/AllTraffic/2025/03/04/14/09-17-21-118.jsonl.gz"
    assert [uri, "whole object", "TruncatedObject"] in cells
    assert "churned" in violated.one("section", id="unassessed").words


def test_a_baselines_page_shows_profiles_and_constraints_and_no_verdicts() -> None:
    page = parse(render_report(reports.baseline_report()))
    assert page.one("p", class_="headline").words == "16 features profiled from 2,333 records"
    assert not [e for e in page.all("section") if e.attributes.get("id") == "violations"]
    heads = [th.words for th in page.one("table", id="table").one("thead").all("th")]
    assert heads == ["Feature", "Distribution", "Complete", "Distinct", "Values", "Suggested constraints"]
    rows = {row.one("bdi").words: row.words for row in page.one("table", id="table").one("tbody").all("tr")}
    assert rows["plan"].endswith("100% complete, one of 4 values")
    assert rows["day_calls"].endswith("100% complete, not negative")
    assert not page.all("path", class_="c")
    assert "Current" not in page.one("main").text


def test_segments_are_told_apart() -> None:
    report = reports.segmented_report()
    page = parse(render_report(report))
    violations = page.one("ol", class_="violations").all("li")
    assert [(v.one("a").words, v.one("span", class_="tag").words) for v in violations] == [
        ("latency_ms", "region=us-east")
    ]
    rows = page.one("section", id="segments").one("tbody").all("tr")
    assert [[c.words for c in r.all() if c.tag in ("th", "td")] for r in rows] == [
        ["region=us-east", "2", "1", "latency_ms"],
        ["region=ap-south", "2", "0", "–"],
        ["region=eu-west", "2", "0", "–"],
    ]


def test_a_window_without_data_has_no_features_and_says_why() -> None:
    page = parse(render_report(reports.inconclusive_report("NoData")))
    assert page.one("section", class_="verdict").one("use").attributes["href"] == "#icon-unsure"
    assert "Nothing decided: no data" in page.one("section", class_="verdict").words
    assert not page.all("table", id="table")
    assert "capture is on" in page.one("ol", class_="steps").words


def test_a_report_of_another_analysis_shows_its_violations() -> None:
    report = reports.violated_report().model_copy(update={"type": "ModelQuality", "data_quality": None})
    page = parse(render_report(report))
    assert page.one("span", class_="kind").words == "Model quality report"
    assert len(page.one("ol", class_="violations").all("li")) == 5
    assert not page.one("ol", class_="violations").all("a")


def test_what_the_other_rule_would_have_said_is_counted() -> None:
    report = reports.violated_report()
    assert report.data_quality
    checks = [c for f in report.data_quality.features for c in f.checks]
    total = sum(c.violated_by_other_rule for c in checks)
    fewer = sum(c.violated and not c.violated_by_other_rule for c in checks)
    assert (total, fewer) == (4, 1)
    note = "Under the rule Compatible there would have been 4 violations: 1 fewer than under Calibrated."
    assert note in parse(render_report(report)).one("section", id="violations").words
