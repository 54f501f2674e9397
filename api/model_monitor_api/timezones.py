"""Time zones by their IANA names, accepted and refused as a Kubernetes CronJob's ``timeZone`` does it."""

import difflib
import re
import zoneinfo
from typing import Final

_PART: Final = re.compile(r"(?!-)[A-Za-z0-9._+-]{1,14}")
_NOT_PLACES: Final = frozenset({"factory", "local", "localtime", "posixrules"})
"""Entries of a zone directory that name no zone but whatever a machine is set to."""


class TimeZoneError(ValueError):
    """A name that is no IANA time zone; the message says what to write instead."""


def time_zone(name: str) -> zoneinfo.ZoneInfo:
    """Return the zone of an IANA name such as ``Etc/UTC`` or ``Europe/Berlin``.

    Raises
    ------
    TimeZoneError
        If there is no such zone, with the nearest name as a suggestion; also for ``Local``, which means
        another zone on every machine, and for the ``posix/`` and ``right/`` trees, which not every machine
        has.
    """
    if name.lower() in _NOT_PLACES:
        raise TimeZoneError(f"time zone {name!r} depends on the machine; write a zone's name, e.g. Etc/UTC")
    parts = name.split("/")
    if all(_PART.fullmatch(part) for part in parts) and parts[0] not in {"posix", "right"}:
        try:
            return zoneinfo.ZoneInfo(name)
        except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
            pass  # told below, with a suggestion
    raise TimeZoneError(f"time zone {name[:64]!r} is not known; {_suggestion(name[:64])}")


def _suggestion(name: str) -> str:
    """Return what to write instead of a name that is no zone."""
    known = {zone.lower(): zone for zone in zoneinfo.available_timezones() if zone.lower() not in _NOT_PLACES}
    if not known:
        return "this machine has no time zone data: install the Python package tzdata"
    wanted = name.strip().replace(" ", "_").lower()
    by_city = {zone.rsplit("/", 1)[-1]: zone for zone in sorted(known)}
    for candidates in (known, by_city):
        if near := difflib.get_close_matches(wanted, candidates, n=1, cutoff=0.8):
            return f"did you mean {known[by_city.get(near[0], near[0])]}?"
    return "write an IANA name such as Etc/UTC, Europe/Berlin or America/New_York"
