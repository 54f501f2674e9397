"""How Envoy's container gets the capture filter."""

from pathlib import Path

import pytest

from model_monitor_api.settings import SettingsError
from model_monitor_capture.gateway.filter_file import FILTER_FILE, place_filter


def test_the_filter_is_copied_whole_over_one_that_is_in_use(tmp_path: Path) -> None:
    installed, folder = tmp_path / "installed.so", tmp_path / "volume"
    folder.mkdir()
    installed.write_bytes(b"new")
    target = folder / FILTER_FILE
    target.write_bytes(b"old")
    with target.open("rb") as mapped:
        place_filter(folder, installed)
        assert mapped.read() == b"old"
    assert target.read_bytes() == b"new"
    assert [path.name for path in folder.iterdir()] == [FILTER_FILE]


def test_an_image_without_the_filter_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"absent\.so' can't be copied .*No such file.*Dockerfile"):
        place_filter(tmp_path, tmp_path / "absent.so")
    with pytest.raises(SettingsError, match=r"can't be copied to '.*/absent'"):
        place_filter(tmp_path / "absent", Path(__file__))
