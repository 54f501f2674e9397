"""The page in a real browser: nothing that data holds runs, and what is ours does.

A script of the data that ran would change the title to `ran`.
"""

import json
from pathlib import Path

import pytest

from model_monitor_analyzer.report import render_report
from model_monitor_api.contract.report import AnalysisReport
from tests.support import reports
from tests.support.browser import dump_dom

pytestmark = pytest.mark.slow

ATTACK = b"<script>document.title='ran'</script><img src=x onerror=\"document.title='ran'\">"
POLICY = b'http-equiv="Content-Security-Policy"'


def _title(dom: str) -> str:
    return dom.split("<title>", 1)[1].split("</title>", 1)[0]


def _disarmed(page: bytes) -> bytes:
    """Return the page without its policy, so that escaping alone has to hold."""
    assert page.count(POLICY) == 1
    return page.replace(POLICY, b'name="nothing"')


def _torn(page: bytes) -> bytes:
    """Return the page with an attack in it as if escaping had failed."""
    return page.replace(b'<main id="main">', b'<main id="main">' + ATTACK)


def test_hostile_names_run_nothing_and_our_own_script_runs(tmp_path: Path) -> None:
    dom = dump_dom(render_report(reports.hostile_report()), tmp_path)
    assert _title(dom).startswith("Violations: churn-data-quality")
    assert '<form class="filters" role="search">' in dom, "the page's own script did not run"
    assert "<img" not in dom


def test_hostile_names_run_nothing_by_escaping_alone(tmp_path: Path) -> None:
    dom = dump_dom(_disarmed(render_report(reports.hostile_report())), tmp_path)
    assert _title(dom).startswith("Violations: churn-data-quality")


def test_the_policy_alone_stops_what_is_not_escaped(tmp_path: Path) -> None:
    dom = dump_dom(_torn(render_report(reports.clean_report())), tmp_path)
    assert "<img" in dom
    assert _title(dom).startswith("No violations: churn-data-quality")


def test_without_both_the_attack_is_noticed(tmp_path: Path) -> None:
    dom = dump_dom(_disarmed(_torn(render_report(reports.clean_report()))), tmp_path)
    assert _title(dom) == "ran"


def test_a_link_opens_its_feature(tmp_path: Path) -> None:
    dom = dump_dom(render_report(reports.clean_report()), tmp_path, fragment="feature-2")
    opened = [part for part in dom.split('<details class="feature"')[1:] if part.startswith(' open=""')]
    assert len(opened) == 1
    assert 'id="feature-2"' in opened[0]


def test_sorting_and_filtering_by_hand(tmp_path: Path) -> None:
    """Drive the page by a script appended to it, which the disarmed policy lets run."""
    drive = b"""<script>
      const head = [...document.querySelectorAll("#table thead th")];
      head.find((th) => th.textContent.trim() === "Effect").querySelector("button").click();
      const shown = "#table tbody tr:not([hidden]) bdi";
      const names = () => [...document.querySelectorAll(shown)].map((e) => e.textContent);
      const sorted = names();
      const find = document.getElementById("find");
      find.value = "MINUTES";
      find.form.dispatchEvent(new Event("input"));
      const found = names();
      document.title = JSON.stringify([sorted, found, document.getElementById("found").textContent]);
    </script></body>"""
    report = reports.violated_report()
    dom = dump_dom(_disarmed(render_report(report)).replace(b"</body>", drive), tmp_path)
    title = _title(dom)
    assert report.data_quality

    def worst(name: str) -> float:
        checks = next(f for f in report.data_quality.features if f.name == name).checks  # type: ignore[union-attr] # asserted above
        shown = max(checks, key=lambda c: (c.violated, (c.effect or 1e9) / (c.floor or 1)))
        return (shown.effect or 1e9) / (shown.floor or 1)

    names = sorted((f.name for f in report.data_quality.features), key=worst, reverse=True)
    quoted = ",".join(f'"{n}"' for n in names)
    minutes = ",".join(f'"{n}"' for n in names if "minutes" in n)
    assert title == f'[[{quoted}],[{minutes}],"4 of 16"]'


@pytest.mark.parametrize(
    "report", [reports.violated_report(), reports.baseline_report()], ids=["window", "baseline"]
)
def test_no_column_of_the_overview_is_out_of_sight_on_a_tablet(
    report: AnalysisReport, tmp_path: Path
) -> None:
    measure = b"""<script>
      const box = document.querySelector("#overview .scroll");
      document.title = JSON.stringify([innerWidth, box.scrollWidth - box.clientWidth]);
    </script></body>"""
    dom = dump_dom(_disarmed(render_report(report)).replace(b"</body>", measure), tmp_path)
    width, hidden = json.loads(_title(dom))
    assert 700 < width < 900, "no tablet's width; the browser opens another window than it did"
    assert hidden == 0
