"""Locations with placeholders of time, and the few prefixes below which a window's objects are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import Final

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.sources.source import Window
from model_monitor_api.uritemplates import PLACEHOLDERS, UriTemplateError, placeholders

MAX_PREFIXES: Final = 20_000
"""Most prefixes that one window may be listed under."""

_STEPS: Final = {"dd": timedelta(days=1), "HH": timedelta(hours=1), "mm": timedelta(minutes=1)}
_END: Final = datetime.max.replace(tzinfo=UTC)
"""Where the last bucket that a moment can lie in ends."""

_PLACEHOLDER: Final = re.compile(r"\{(yyyy|MM|dd|HH|mm)\}")


@dataclass(frozen=True)
class UriTemplate:
    """A location with placeholders.

    Attributes
    ----------
    head
        The URI up to the first part that has a placeholder, ended by a slash.
    rest
        The parts from there on, with single slashes between and none at the end.
    units
        Units of time in it, from the largest.
    """

    head: str
    rest: str
    units: tuple[str, ...]

    def prefixes(self, window: Window, *, exact: bool) -> Iterator[str]:
        """Return what `rest` becomes for a window, in the order of time.

        A whole year, month, day or hour is one prefix where a folder holds just that.

        Parameters
        ----------
        window
            Stretch of time.
        exact
            Rows have times and are cut by them: every bucket that overlaps the window is given. Otherwise
            those that begin in it, so that windows without a gap between them read every bucket once.

        Raises
        ------
        ConfigurationError
            There are more than `MAX_PREFIXES`.
        """
        span = Window(window.start.astimezone(UTC), window.end.astimezone(UTC))
        year = datetime(span.start.year, 1, 1, tzinfo=UTC)
        count = 0
        while year < span.end:
            for prefix in self._cover(0, year, span, exact):
                count += 1
                if count > MAX_PREFIXES:
                    raise ConfigurationError(
                        f"'{self.head}{self.rest}' has more than {MAX_PREFIXES} prefixes in the window: "
                        "shorten the window or drop the smallest placeholder"
                    )
                yield prefix
            year = _next("yyyy", year)

    def matches(self, path: str) -> bool:
        """Return whether an object fits, given its path below `head`."""
        return self._pattern.match(path) is not None

    @property
    def _pattern(self) -> re.Pattern[str]:
        parts = _PLACEHOLDER.split(self.rest)
        pattern = "".join(
            (rf"\d{{{len(part)}}}" if index % 2 else re.escape(part)) for index, part in enumerate(parts)
        )
        return re.compile(f"{pattern}(?:/|$)")

    def _cover(self, level: int, bucket: datetime, span: Window, exact: bool) -> Iterator[str]:
        unit = self.units[level]
        end = _next(unit, bucket)
        if end <= span.start or bucket >= span.end:
            return
        folder = self._folder(level)
        if level == len(self.units) - 1:
            if exact or bucket >= span.start:
                yield _filled(self.rest, bucket)
        elif folder is not None and bucket >= span.start and end <= span.end:
            yield _filled(folder, bucket) + "/"
        else:
            child = bucket
            while child < end:
                yield from self._cover(level + 1, child, span, exact)
                child = _next(self.units[level + 1], child)

    def _folder(self, level: int) -> str | None:
        """Return the leading parts that hold just the units down to `level`; None if there is no such folder.

        What follows must be nothing but parts that are a smaller unit each, or the folder would hold more.
        """
        smaller = len(self.units) - 1 - level
        parts = self.rest.split("/")
        tail = [f"{{{unit}}}" for unit in self.units[level + 1 :]]
        if parts[len(parts) - smaller :] != tail:
            return None
        folder = "/".join(parts[: len(parts) - smaller])
        return folder if not any(part in folder for part in tail) else None


def parse_template(uri: str) -> UriTemplate | None:
    """Take a location with placeholders apart; None if it has none.

    Raises
    ------
    ConfigurationError
        A placeholder is unknown, or a larger unit is left out.
    """
    try:
        units = placeholders(uri)
    except UriTemplateError as error:
        raise ConfigurationError(f"'{uri}' {error}") from None
    if not units:
        return None
    scheme, _, path = uri.partition("://")
    parts = path.split("/")
    first = next(index for index, part in enumerate(parts) if "{" in part)
    if first == 0:
        raise ConfigurationError(f"'{uri}' has a placeholder in the bucket: write them behind it")
    head = f"{scheme}://{'/'.join(parts[:first])}/"
    return UriTemplate(head, "/".join(part for part in parts[first:] if part), units)


def _filled(text: str, moment: datetime) -> str:
    values = {
        "yyyy": f"{moment:%Y}".zfill(4),
        "MM": f"{moment:%m}",
        "dd": f"{moment:%d}",
        "HH": f"{moment:%H}",
        "mm": f"{moment:%M}",
    }
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)


def _next(unit: str, bucket: datetime) -> datetime:
    if unit == PLACEHOLDERS[0]:
        return bucket.replace(year=bucket.year + 1) if bucket.year < MAXYEAR else _END
    if unit == PLACEHOLDERS[1]:
        after = timedelta(days=32)
        return (bucket.replace(day=1) + after).replace(day=1) if _END - bucket > after else _END
    return bucket + _STEPS[unit] if _END - bucket > _STEPS[unit] else _END
