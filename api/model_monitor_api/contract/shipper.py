"""What a shipper says of itself: the document from which the operator makes a DataCapture's status.

It comes out of a pod, so its reader believes and keeps no more than stands here.
"""

from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from model_monitor_api.contract.completeness import HourCompleteness
from model_monitor_api.meta import REASON, ApiModel, Count, Moment, Name
from model_monitor_api.printable import printable

SHIPPER_VERSION: Literal["modelmonitor.dev/shipper.v1"] = "modelmonitor.dev/shipper.v1"

REPORT_LIMIT: Final = 4096
"""Bytes of a report that a reader accepts, and that kubelet keeps of a termination message."""

REPORT_PATH: Final = "/report"
"""Where the shipper's port serves it."""

HEALTH_PATH: Final = "/healthz"
"""Where that port says that the shipper has begun."""

DRAINED_PATH: Final = "/drained"
"""Where it answers once Envoy may end."""

_LONGEST_MESSAGE: Final = 512


class ShipperReportError(ValueError):
    """What a pod said is no report of this version; holds nothing of what it said."""


class UploadFailure(ApiModel):
    """Why uploads fail at present."""

    reason: Annotated[str, Field(max_length=64, pattern=REASON)]
    """A constant of the failures, such as `BucketMissing`."""

    message: Annotated[str, Field(max_length=_LONGEST_MESSAGE)] = ""
    """The same for people."""


class ShipperReport(ApiModel):
    """What one shipper has done since its pod was made, and how it fares."""

    version: Literal["modelmonitor.dev/shipper.v1"] = SHIPPER_VERSION
    """Version of the document."""

    instance: Name
    """Who it is: the name of its pod."""

    records: Count
    """Records in the store."""

    dropped: Count
    """Records that were given up."""

    last_object: (
        Annotated[str, Field(max_length=96, pattern=r"^[0-9]{4}(/[0-9]{2}){3}/[-0-9a-f]+\.jsonl\.gz$")] | None
    ) = None
    """Object that was written last, below the capture's prefix."""

    last_upload_time: Moment | None = None
    """When it was."""

    paused: bool = False
    """Whether capture pauses for want of space."""

    failure: UploadFailure | None = None
    """Why uploads fail, while they do."""

    hour: HourCompleteness | None = None
    """Account of the last full hour; none where nothing is known of it."""

    def encoded(self) -> bytes:
        """Return it as JSON of at most `REPORT_LIMIT` bytes."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()


def upload_failure(reason: str, message: str) -> UploadFailure:
    """Return a failure with as much of its message as a report holds."""
    return UploadFailure(reason=reason, message=printable(message)[:_LONGEST_MESSAGE])


def read_shipper_report(raw: bytes) -> ShipperReport:
    """Return what a pod said.

    Raises
    ------
    ShipperReportError
        If it is longer than `REPORT_LIMIT`, or not one of this version.
    """
    if len(raw) > REPORT_LIMIT:
        raise ShipperReportError(f"a shipper's report has at most {REPORT_LIMIT} bytes")
    try:
        return ShipperReport.model_validate_json(raw)
    except ValidationError as error:
        raise ShipperReportError("it is no shipper's report of this version") from error
