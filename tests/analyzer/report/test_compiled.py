"""Templates are compiled once, and whatever is in the way of keeping them is nobody's trouble."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from model_monitor_analyzer.report import compiled, page
from tests.support.reports import violated_report


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    found = tmp_path / "__pycache__"
    monkeypatch.setattr(compiled, "_FOLDER", found)
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    yield found
    page._environment.cache_clear()


def rendered() -> bytes:
    """Render as a new process would."""
    page._environment.cache_clear()
    return page.render_report(violated_report())


def test_what_was_compiled_is_not_compiled_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = rendered()
    page.compile_templates()
    names = {path.name for path in Path(compiled.__file__).with_name("templates").glob("*.html")}
    assert len(list(folder.iterdir())) == len(names)
    monkeypatch.setattr("jinja2.Environment.compile", lambda *_: pytest.fail("it was compiled again"))
    assert rendered() == expected


@pytest.mark.parametrize("content", [b"", b"garbage", None])
def test_what_cannot_be_read_is_compiled_anew(folder: Path, content: bytes | None) -> None:
    expected = rendered()
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[:-20] if content is None else content)
    assert rendered() == expected


def test_a_folder_that_cannot_be_written_is_no_trouble(folder: Path) -> None:
    folder.write_text("a file in its place")
    assert rendered()


def test_nothing_is_kept_where_python_keeps_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    assert rendered()
    assert not folder.exists()
