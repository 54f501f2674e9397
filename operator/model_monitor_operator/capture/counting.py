"""Totals over all pods that a gateway ever had, from what the present ones say."""

from collections.abc import Mapping, Sequence
from typing import Any

from model_monitor_api.contract.shipper import ShipperReport
from model_monitor_api.layout import capture_prefix
from model_monitor_api.v1alpha1.datacapture import CaptureInstance, DataCapture, DataCaptureStatus


def counted(
    capture: DataCapture, before: DataCaptureStatus, reports: Mapping[str, ShipperReport], pods: Sequence[str]
) -> dict[str, Any]:
    """Return the fields of a status that follow from reports.

    Totals grow by what each pod has done since it was counted last. That stands in the status too, so that
    nothing is counted twice by whoever counts next. A pod that is gone is forgotten, what it did is not.

    Parameters
    ----------
    capture
        The DataCapture.
    before
        Its status until now.
    reports
        What shippers say, by the names of their pods.
    pods
        Names of the pods that are there.
    """
    known = {each.name: each for each in before.instances}
    records, dropped = before.records or 0, before.dropped or 0
    instances = []
    for name in sorted({*pods, *reports}):
        old, report = known.get(name, CaptureInstance(name=name)), reports.get(name)
        new = old
        if report is not None:
            # Never less: a pod that forgot its own counts as having done nothing since.
            update = {
                "records": max(old.records, report.records),
                "dropped": max(old.dropped, report.dropped),
            }
            new = old.model_copy(update=update)
        records += new.records - old.records
        dropped += new.dropped - old.dropped
        instances.append(new)
    return {
        "records": records,
        "dropped": dropped,
        "instances": instances,
        "completeness": completeness(reports),
        **_last(capture, before, reports),
    }


def completeness(reports: Mapping[str, ShipperReport]) -> float | None:
    """Return captured of seen requests in the last full hour; None where none was seen."""
    hours = _last_hours(reports)
    seen = sum(each.seen for each in hours)
    return sum(each.captured for each in hours) / seen if seen else None


def lost_lately(reports: Mapping[str, ShipperReport]) -> int:
    """Return how many records of the last full hour were given up."""
    return sum(each.dropped for each in _last_hours(reports))


def _last_hours(reports: Mapping[str, ShipperReport]) -> list[Any]:
    """Return the accounts of the last full hour: all shippers' clocks may not have passed its end yet."""
    hours = [report.hour for report in reports.values() if report.hour is not None]
    latest = max((each.hour for each in hours), default=None)
    return [each for each in hours if each.hour == latest]


def _last(
    capture: DataCapture, before: DataCaptureStatus, reports: Mapping[str, ShipperReport]
) -> dict[str, Any]:
    """Return which object was written last, and when."""
    written = [each for each in reports.values() if each.last_upload_time is not None and each.last_object]
    newest = max(written, key=lambda each: each.last_upload_time or each.instance, default=None)
    storage = capture.spec.storage
    if newest is None or storage is None or newest.last_upload_time is None:
        return {}
    if before.last_upload_time is not None and newest.last_upload_time <= before.last_upload_time:
        return {}
    prefix = capture_prefix(storage.uri, capture.metadata.name, capture.spec.variant)
    return {"last_object": f"{prefix}{newest.last_object}", "last_upload_time": newest.last_upload_time}
