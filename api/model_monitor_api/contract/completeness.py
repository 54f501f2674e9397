"""How much of an hour's traffic was captured: the account that a shipper leaves beside its objects.

Each instance of a capture gateway writes one such document for each hour, into the folder of that hour, once
the hour's last object is there. Its name begins with `_`, so nothing takes it for records. Who captures by
other means may write the same documents; several instances' add up.
"""

import re
from typing import Final, Literal

from pydantic import ValidationError, model_validator

from model_monitor_api.meta import ApiModel, Count, Moment, Name

COMPLETENESS_VERSION: Literal["modelmonitor.dev/completeness.v1"] = "modelmonitor.dev/completeness.v1"

COMPLETENESS_LIMIT: Final = 4096
"""Bytes of a document that a reader accepts."""

_NAME: Final = re.compile(r"_completeness-[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\.json")


class CompletenessError(ValueError):
    """What is named like an account is none of this version; holds nothing of what it said."""


class HourCompleteness(ApiModel):
    """`_completeness-<instance>.json`: what one instance saw and captured in one hour."""

    version: Literal["modelmonitor.dev/completeness.v1"] = COMPLETENESS_VERSION
    """Version of the document."""

    instance: Name
    """Who wrote it, such as the name of a pod."""

    hour: Moment
    """When the hour began."""

    seen: Count
    """Requests that were to be captured: all, or those that sampling chose."""

    captured: Count
    """How many of them are in the objects of the hour."""

    dropped: Count = 0
    """How many were given up, such as for want of space."""

    incomplete: bool = False
    """Whether more may be missing than `dropped` tells, such as after a crash."""

    @model_validator(mode="after")
    def _adds_up(self) -> "HourCompleteness":
        if self.captured + self.dropped > self.seen:
            raise ValueError("more was captured and dropped than seen")
        return self


def completeness_name(instance: str) -> str:
    """Return the name of an instance's document within the folder of an hour."""
    return f"_completeness-{instance}.json"


def is_completeness_name(name: str) -> bool:
    """Return whether an object's name, without its folders, is that of such a document."""
    return _NAME.fullmatch(name) is not None


def read_completeness(raw: bytes) -> HourCompleteness:
    """Return what a document says.

    Raises
    ------
    CompletenessError
        If it is longer than `COMPLETENESS_LIMIT`, or not one of this version.
    """
    if len(raw) > COMPLETENESS_LIMIT:
        raise CompletenessError(f"an account of an hour has at most {COMPLETENESS_LIMIT} bytes")
    try:
        return HourCompleteness.model_validate_json(raw)
    except ValidationError as error:
        raise CompletenessError("it is no account of an hour of this version") from error
