"""The series of Baselines and DataCaptures: what schedules feed on."""

from typing import Final

from model_monitor_api.conditions import CONDITIONS
from model_monitor_operator.metrics import definitions as d
from model_monitor_operator.metrics.points import Points, add_conditions, place, seconds
from model_monitor_operator.objects import Object
from model_monitor_operator.reading import at, moment, number, real

_BASELINE: Final = frozenset(each.name for each in CONDITIONS if each.kind == "Baseline")
_CAPTURE: Final = frozenset(each.name for each in CONDITIONS if each.kind == "DataCapture")


def add_baseline(points: Points, thing: Object) -> None:
    """Add the series of one Baseline."""
    base, status = place("baseline", thing), at(thing, "status")
    add_conditions(points, d.BASELINE_CONDITION, status, _BASELINE, base)
    points.add(d.BASELINE_RECORDS, number(status, "records"), base)
    points.add(d.BASELINE_FEATURES, number(status, "features"), base)


def add_capture(points: Points, thing: Object) -> None:
    """Add the series of one DataCapture."""
    base, status = place("capture", thing), at(thing, "status")
    add_conditions(points, d.CAPTURE_CONDITION, status, _CAPTURE, base)
    points.add(d.CAPTURE_RECORDS, number(status, "records"), base)
    points.add(d.CAPTURE_DROPPED, number(status, "dropped"), base)
    points.add(d.CAPTURE_COMPLETENESS, real(status, "completeness"), base)
    points.add(d.CAPTURE_LAST_UPLOAD, seconds(moment(status, "lastUploadTime")), base)
