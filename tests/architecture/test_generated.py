"""Generated files are those that the models and the table of metrics give."""

import difflib
from pathlib import Path

import pytest

from model_monitor_api.generated import OWN_FOLDERS, generated_files
from model_monitor_operator.metrics.reference import metrics_page

ROOT = Path(__file__).resolve().parents[2]
FILES = generated_files() | metrics_page()


@pytest.mark.parametrize("path", sorted(FILES))
def test_generated_files_are_up_to_date(path: str) -> None:
    there = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).is_file() else ""
    difference = list(
        difflib.unified_diff(there.splitlines(), FILES[path].splitlines(), path, path, lineterm="")
    )
    assert there == FILES[path], "\n".join([*difference[:60], "", "run: make generate"])


def test_no_generated_file_is_left_over() -> None:
    there = {
        path.relative_to(ROOT).as_posix() for folder in OWN_FOLDERS for path in (ROOT / folder).glob("*.yaml")
    }
    assert there - set(FILES) == set(), "run: make generate"


def test_generating_gives_the_same_text_each_time() -> None:
    assert generated_files() | metrics_page() == FILES
