"""Prometheus' text format and OpenMetrics, written fast enough for hundreds of thousands of series.

The client library checks the names of each series' labels anew: at 5,000 schedules that takes longer than
all the rest of a scrape. Names here are constants.
"""

import math
from collections.abc import Iterator
from typing import Final

from prometheus_client import Metric
from prometheus_client.registry import Collector

_CREATED: Final = "_created"
"""Ending of samples that only OpenMetrics knows, and nobody needs."""

_ODD: Final = {math.inf: "+Inf", -math.inf: "-Inf"}


def encode(registry: Collector, *, openmetrics: bool) -> bytes:
    """Return all series of a registry that holds counters, gauges and histograms."""
    found = "".join(text for family in registry.collect() for text in _texts(family, openmetrics))
    return f"{found}# EOF\n".encode() if openmetrics else found.encode()


def _texts(family: Metric, openmetrics: bool) -> Iterator[str]:
    name = f"{family.name}_total" if family.type == "counter" and not openmetrics else family.name
    told = family.documentation.replace("\\", r"\\").replace("\n", r"\n")
    if openmetrics:
        told = told.replace('"', r"\"")
    yield f"# HELP {name} {told}\n# TYPE {name} {family.type}\n"
    for sample in family.samples:
        if not sample.name.endswith(_CREATED):
            labels = ",".join([f'{key}="{_escaped(value)}"' for key, value in sample.labels.items()])
            place = f"{sample.name}{{{labels}}}" if labels else sample.name
            yield f"{place} {_number(sample.value)}\n"


def _escaped(text: str) -> str:
    if "\\" not in text and '"' not in text and "\n" not in text:
        return text
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _number(value: float) -> str:
    return repr(float(value)) if math.isfinite(value) else _ODD.get(value, "NaN")
