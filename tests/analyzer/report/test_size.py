import re

import pytest

from model_monitor_analyzer.report import render_report
from model_monitor_analyzer.report.overview import OTHERS_IN_FULL, VIOLATED_IN_FULL
from model_monitor_api.contract.report import Bin
from tests.support import reports
from tests.support.markup import parse


@pytest.mark.slow
def test_five_thousand_features_make_a_bounded_page_with_the_violated_ones_in_full() -> None:
    page = render_report(reports.wide_report(5000, violated=40))
    assert len(page) < 10_000_000
    assert page.count(b"<tr data-status=") == page.count(b'<svg class="spark"') == 5000
    assert page.count(b'<svg class="histogram"') == 40 + OTHERS_IN_FULL
    text = page.decode()
    in_full = re.findall(r'<h3 id="(feature-\d+)"', text)
    assert in_full[:40] == re.findall(r'<a class="name" href="#(feature-\d+)"', text)
    assert {int(anchor.removeprefix("feature-")) for anchor in in_full[:40]} == set(range(4961, 5001))
    assert "140 of 5,000 features have their chart" in text


@pytest.mark.slow
def test_no_number_of_features_and_violations_makes_the_page_grow_beyond_its_bound() -> None:
    page = render_report(reports.wide_report(7000, violated=7000))
    assert len(page) < 14_000_000
    assert page.count(b'<svg class="histogram"') == VIOLATED_IN_FULL
    assert page.count(b'<div class="what">') == 500
    assert b"6,500 more, less severe" in page
    assert b"2,000 more features are in <code>report.json</code>" in page


def test_many_categories_are_charted_by_the_largest_and_the_unnamed() -> None:
    bins = [Bin(label=f"c{i}", baseline=i / 5050, current=i / 5050) for i in range(100)]
    bins += [
        Bin(label="other", rest="Other", baseline=0.01, current=0.01),
        Bin(label="unseen", rest="Unseen", baseline=0.0, current=0.01),
    ]
    report = reports.violated_report()
    assert report.data_quality
    feature = next(f for f in report.data_quality.features if f.name == "state")
    data = report.data_quality.model_copy(update={"features": [feature.model_copy(update={"bins": bins})]})
    page = parse(render_report(report.model_copy(update={"data_quality": data, "violations": []})))
    rows = page.one("table", class_="bars").one("tbody").all("tr")
    assert [r.one("th").words for r in rows] == [
        *[f"c{i}" for i in range(88, 100)],
        "other categories",
        "not in the baseline",
    ]
    assert "88 smaller bars are not shown." in page.one("details", class_="feature").words
