"""Values on their way to becoming series, with labels that are bounded and print."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final, overload

from prometheus_client import Metric
from prometheus_client.samples import Sample

from model_monitor_api.printable import printable
from model_monitor_operator.metrics.definitions import SECTIONS, Definition
from model_monitor_operator.objects import Object
from model_monitor_operator.reading import rows, word

LABEL_LIMIT: Final = 128
"""Characters of a label's value; names of objects are shorter than 254 and stay whole."""

OTHER: Final = "Other"
"""Stands for all values that are not in a closed list."""

_NAME_LIMIT: Final = 253

Labels = dict[str, str]
"""Labels of an object; all its series share them, so nobody may change them."""


class Series(Sequence[Sample]):
    """The series of one metric, in columns; each becomes a sample only while somebody looks at it.

    A sample is several objects. Hundreds of thousands at once would make the garbage collector go through all
    that the operator has in memory, again and again.

    Parameters
    ----------
    name
        Name of the series.
    last
        The metric's last label.
    """

    def __init__(self, name: str, last: str) -> None:
        self._name, self._last = name, last
        self._labels: list[Labels] = []
        self._own: list[str | None] = []
        self._values: list[float] = []

    def add(self, labels: Labels, own: str | None, value: float) -> None:
        """Add a series; `own` is the value of the last label where the object's labels do not have it."""
        self._labels.append(labels)
        self._own.append(own)
        self._values.append(value)

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Sample]:
        name, last = self._name, self._last
        for labels, own, value in zip(self._labels, self._own, self._values, strict=True):
            yield Sample(name, labels if own is None else {**labels, last: own}, value)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> list[Sample]: ...
    def __getitem__(self, index: int | slice) -> Sample | list[Sample]:
        return list(self)[index]


class Points:
    """What one scrape shows."""

    def __init__(self) -> None:
        self._series = {
            each.name: Series(each.name, each.labels[-1])
            for section in SECTIONS
            for each in section.definitions
        }

    def add(
        self, definition: Definition, value: float | None, labels: Labels, own: str | None = None
    ) -> None:
        """Add a series; nothing where there is no value.

        Parameters
        ----------
        definition
            The metric.
        value
            Its value.
        labels
            Labels of the object.
        own
            Value of the metric's last label, where the object's labels do not have it.
        """
        if value is not None:
            self._series[definition.name].add(labels, own, value)

    def families(self) -> Iterator[Metric]:
        """Return all metrics with their series."""
        for definition in (each for section in SECTIONS for each in section.definitions):
            name = definition.name
            found = Metric(name.removesuffix("_total"), definition.help, definition.type)
            found.samples = self._series[name]  # type: ignore[assignment] # whoever exposes it only iterates
            yield found


def add_conditions(
    points: Points, definition: Definition, status: object, types: Collection[str], labels: Labels
) -> None:
    """Add the series of an object's conditions; each type once."""
    states = {word(each, "type"): word(each, "status") for each in rows(status, "conditions")}
    for type_, state in states.items():
        if type_ in types and state in ("True", "False"):
            points.add(definition, state == "True", labels, type_)


def place(kind: str, thing: Object) -> Labels:
    """Return the labels that say which object is meant."""
    meta = thing["metadata"]
    return {"namespace": name(meta["namespace"]), kind: name(meta["name"])}


def seconds(moment: datetime | None) -> float | None:
    """Return a moment as seconds since 1970; None where there is none."""
    return moment.timestamp() if moment is not None else None


def label(text: str) -> str:
    """Return a text of unknown origin as a label: it prints, is bounded, and stays distinct."""
    if len(text) <= LABEL_LIMIT and text.isprintable():
        return text
    found = printable(text[: 16 * LABEL_LIMIT])
    if len(found) <= LABEL_LIMIT and len(text) <= LABEL_LIMIT:
        return found
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:10]
    return f"{found[: LABEL_LIMIT - len(digest) - 1]}…{digest}"


def name(text: str) -> str:
    """Return the name of an object as a label."""
    return text if len(text) <= _NAME_LIMIT and text.isprintable() else label(text)


def known(text: str, closed: Collection[str]) -> str:
    """Return a word of a closed list; `Other` for what is not in it."""
    return text if text in closed else OTHER
