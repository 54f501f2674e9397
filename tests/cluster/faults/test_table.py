"""The table in the documentation and the tests are about the same faults."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.cluster.cluster import ROOT

PAGE = ROOT / "docs" / "explanation" / "faults.md"


def rows() -> list[list[str]]:
    """Return the cells of the rows of all tables, but for heads."""
    lines = [line.strip("| ").split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    return [cells for cells in lines if cells[0] != "fault"]


def names_of_tests(paths: Iterable[Path]) -> set[str]:
    """Return the names of the tests in files."""
    nodes = (node for path in paths for node in ast.parse(path.read_text()).body)
    return {
        node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


KNOWN = names_of_tests((ROOT / "tests").rglob("test_*.py"))


def named(cells: list[str]) -> list[str]:
    return re.findall(r"`(test_\w+)`", cells[-1])


@pytest.mark.parametrize("cells", rows(), ids=lambda cells: cells[0])
def test_every_row_says_what_happens_and_names_tests_that_exist(cells: list[str]) -> None:
    assert all(cells[:3])
    assert named(cells)
    assert set(named(cells)) <= KNOWN


def test_every_fault_that_is_tested_stands_in_the_table() -> None:
    here = Path(__file__)
    tested = names_of_tests(path for path in here.parent.glob("test_*.py") if path != here)
    assert tested <= {name for cells in rows() for name in named(cells)}
