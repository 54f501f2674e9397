import pytest

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.scripts.filters import RecordFilter


def test_records_are_kept_left_out_or_fail() -> None:
    keep = RecordFilter("to_number(age) >= `30` && starts_with(name, 'a')", field="recordFilter")
    verdict = keep(
        [{"age": "41", "name": "ada"}, {"age": "29"}, {"age": "50"}, {"age": "x", "name": "a"}, {}]
    )
    assert verdict.kept.tolist() == [True, False, False, False, False]
    assert verdict.failed.tolist() == [False, False, True, False, False]


def test_no_records_is_no_failure() -> None:
    assert RecordFilter("a", field="f")([]).kept.tolist() == []


def test_a_wrong_condition_names_the_field() -> None:
    with pytest.raises(ConfigurationError, match=r"spec\.recordFilter: unexpected '\]' at position 2"):
        RecordFilter("a ]", field="spec.recordFilter")
