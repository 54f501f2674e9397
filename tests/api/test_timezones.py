"""Zone names: which are zones, which only look like it."""

import zoneinfo

import pytest

from model_monitor_api.timezones import TimeZoneError, time_zone


@pytest.mark.parametrize(
    "name", ["UTC", "Etc/UTC", "Europe/Berlin", "America/Argentina/ComodRivadavia", "Etc/GMT+1", "EST5EDT"]
)
def test_iana_names_are_zones(name: str) -> None:
    assert time_zone(name).key == name


@pytest.mark.parametrize("name", ["Local", "local", "LOCAL", "localtime", "posixrules", "Factory"])
def test_what_depends_on_the_machine_is_refused(name: str) -> None:
    with pytest.raises(TimeZoneError, match="depends on the machine"):
        time_zone(name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        (" Europe/Berlin", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
    ],
)
def test_a_slip_gets_a_suggestion(name: str, meant: str) -> None:
    with pytest.raises(TimeZoneError, match=f"did you mean {meant}\\?"):
        time_zone(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        ".",
        "../../etc/passwd",
        "/etc/localtime",
        "right/UTC",
        "posix/UTC",
        "a\0b",
        "Europe",
        "x" * 5000,
    ],
)
def test_hostile_names_are_refused_briefly(name: str) -> None:
    with pytest.raises(TimeZoneError) as error:
        time_zone(name)
    assert len(str(error.value)) < 200


def test_a_machine_without_zone_data_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    with pytest.raises(TimeZoneError, match="install the Python package tzdata"):
        time_zone("Mars/Olympus")
