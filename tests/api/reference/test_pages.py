"""Reference pages: nothing is missing from them."""

import re

import pytest

from model_monitor_api.conditions import CONDITIONS
from model_monitor_api.contract.plan import AnalysisPlan
from model_monitor_api.contract.report import AnalysisReport
from model_monitor_api.failures import Failure, Inconclusive
from model_monitor_api.introspection import fields_of, models_within
from model_monitor_api.meta import ApiModel
from model_monitor_api.objects import KINDS
from model_monitor_api.reference.pages import pages
from model_monitor_api.rules.check import RULES

PAGES = pages()


def test_every_condition_and_reason_is_told_with_what_to_do() -> None:
    text = PAGES["docs/reference/conditions.md"]
    for condition in CONDITIONS:
        section = text.split(f"## {condition.kind}: `{condition.name}`\n")[1].split("\n## ")[0]
        for reason in condition.reasons:
            line = f"| `{reason.value}` | {reason.status} | {reason.meaning} | {reason.next_step} |"
            assert line in section


def test_every_failure_and_exit_code_is_told_with_what_to_do() -> None:
    text = PAGES["docs/reference/exit-codes.md"]
    for failure in Failure:
        assert re.search(rf"^\| `{failure.value}` \| {failure.exit_code or ''} \|", text, re.MULTILINE)
        assert failure.next_step in text
    for reason in Inconclusive:
        assert f"| `{reason.value}` | {reason.meaning} | {reason.next_step} |" in text


@pytest.mark.parametrize(
    ("page", "model"),
    [
        *((name.lower(), kind) for name, kind in KINDS.items()),
        ("plan", AnalysisPlan),
        ("report", AnalysisReport),
    ],
)
def test_every_field_is_described(page: str, model: type[ApiModel]) -> None:
    text = PAGES[f"docs/reference/{page}.md"]
    for part in models_within(model):
        section = text.split(f"\n## {part.__name__}\n")[1].split("\n## ")[0]
        for alias, info in fields_of(part).items():
            (row,) = [line for line in section.splitlines() if line.startswith(f"| `{alias}` |")]
            cells = re.split(r"(?<!\\) \| ", row.strip("| "))
            assert info.description is not None, f"{part.__name__}.{alias}"
            assert cells[-1].rstrip(" |").replace("\\|", "|") == " ".join(info.description.split())
            assert "any" not in cells[1].split() or alias == "value", f"{part.__name__}.{alias}"


def test_every_rule_is_told() -> None:
    text = "\n".join(PAGES.values())
    for rule in RULES:
        assert f"- {rule.message}\n" in text


def test_links_lead_somewhere() -> None:
    for path, text in PAGES.items():
        anchors = {heading.lower() for heading in re.findall(r"^## (\w+)$", text, re.MULTILINE)}
        for target in re.findall(r"\]\(#(\w+)\)", text):
            assert target in anchors, f"{path}#{target}"
