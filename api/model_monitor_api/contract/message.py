"""The termination message: how a run's result reaches the operator, in at most 2,000 bytes.

The analyzer's pod has no credentials for the API server, and kubelet keeps little of what a container says at
its end, so verdict and counts stand in plain JSON while violations and metrics are deflated in one field.
What does not fit is left out, least severe first, and counted. The message comes from a pod that ran other
people's code: reading one never inflates, nor believes, more than a message may hold.
"""

import base64
import binascii
import zlib
from collections.abc import Callable
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from model_monitor_api.contract.report import ReportViolation, Verdict
from model_monitor_api.meta import ApiModel
from model_monitor_api.printable import cut, printable
from model_monitor_api.v1alpha1.analysis import MonitorType
from model_monitor_api.v1alpha1.monitoringexecution import Counts, Reason, ViolationSummary

MESSAGE_VERSION: Literal["modelmonitor.dev/message.v1"] = "modelmonitor.dev/message.v1"

MESSAGE_LIMIT: Final = 2000
"""Bytes of a message. Kubelet shares 12 KiB over all containers of a pod."""

DETAIL_LIMIT: Final = 262_144
"""Bytes of inflated detail that a reader accepts; 500 features with the longest names need less."""

WORST_VIOLATIONS: Final = 15
"""Violations that a message carries at most; as many as a status shows."""


_LARGEST_COUNT: Final = 2**53


class MessageError(ValueError):
    """A termination message that no run of this software wrote; holds nothing of what it said."""


class FeatureMetrics(ApiModel):
    """Published figures of one feature."""

    feature: Annotated[str, Field(max_length=512)]
    """Name of the column."""

    distance: float | None = None
    """Distance of its distribution from the baseline's."""

    completeness: Annotated[float, Field(ge=0, le=1)] | None = None
    """Share of records that have a value."""


class MessageDetail(ApiModel):
    """What is deflated within a message."""

    violations: Annotated[list[ViolationSummary], Field(max_length=WORST_VIOLATIONS)] = Field(
        default_factory=list
    )
    """Worst first."""

    metrics: Annotated[list[FeatureMetrics], Field(max_length=500)] = Field(default_factory=list)
    """Exported features, in the order in which they are exported."""


class RunMessage(ApiModel):
    """How a run ended: verdict and counts, and what fitted of its violations and metrics."""

    version: Literal["modelmonitor.dev/message.v1"] = MESSAGE_VERSION
    """Version of the document."""

    run_id: Annotated[str, Field(max_length=64, pattern=r"^[0-9a-f]*$")]
    """Id of the run; empty where it failed before it had one."""

    verdict: Verdict | Literal["Failed"]
    """How it ended."""

    reason: Reason | None = None
    """Why it failed or is inconclusive, as a constant."""

    message: Annotated[str, Field(max_length=512)] = ""
    """The same in a sentence, without data values."""

    next_step: Annotated[str, Field(max_length=200)] | None = None
    """What to do, where that of the reason (`model_monitor_api.failures`) is not the right one."""

    counts: Counts = Counts()
    """What the run went through."""

    artifacts: Annotated[
        dict[MonitorType, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]], Field(max_length=4)
    ] = Field(default_factory=dict)
    """Of a baseline: SHA-256 over the files of each analysis."""

    drifted: Annotated[int, Field(ge=0)] = 0
    """Features whose distribution is in violation."""

    max_distance: Annotated[float, Field(ge=0)] | None = None
    """Largest distance of any feature, exported or not."""

    dropped_violations: Annotated[int, Field(ge=0)] = 0
    """Violations that the detail leaves out."""

    dropped_metrics: Annotated[int, Field(ge=0)] = 0
    """Exported features that the detail leaves out."""

    detail: Annotated[str, Field(max_length=MESSAGE_LIMIT)] = ""
    """`MessageDetail` as JSON, deflated, in base64."""


def write_message(
    message: RunMessage,
    violations: list[ReportViolation],
    metrics: list[FeatureMetrics],
    *,
    severity: Callable[[FeatureMetrics], float],
) -> bytes:
    """Return a message of at most `MESSAGE_LIMIT` bytes with as much detail as fits.

    Parameters
    ----------
    message
        All but the detail and the numbers of what was dropped; its sentence is cut where it is too long.
    violations
        All of them, worst first.
    metrics
        Exported features, in a stable order.
    severity
        How much a feature's figures matter when not all fit; larger is worse. Violations matter more than
        any.
    """
    kept = [_summarised(violation) for violation in violations[:WORST_VIOLATIONS]]
    by_severity = sorted(range(len(metrics)), key=lambda index: -severity(metrics[index]))

    def encoded(items: int, base: RunMessage) -> bytes:
        """Return the message with the first `items` of violations and then metrics, both worst first."""
        chosen = kept[:items]
        exported = sorted(by_severity[: max(0, items - len(kept))])
        detail = MessageDetail(
            violations=chosen, metrics=[_printable_metrics(metrics[index]) for index in exported]
        )
        left_out = {
            "dropped_violations": len(violations) - len(chosen),
            "dropped_metrics": len(metrics) - len(exported),
            "detail": _deflated(detail) if items else "",
        }
        return base.model_copy(update=left_out).model_dump_json(by_alias=True, exclude_none=True).encode()

    base = message.model_copy(update={"message": printable(message.message)})
    while len(encoded(0, base)) > MESSAGE_LIMIT:
        base = base.model_copy(update={"message": cut(base.message, len(base.message) // 2)})
    fits, too_many = 0, len(kept) + len(metrics) + 1
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if len(encoded(middle, base)) <= MESSAGE_LIMIT:
            fits = middle
        else:
            too_many = middle
    return encoded(fits, base)


def read_message(raw: bytes) -> tuple[RunMessage, MessageDetail]:
    """Return what a termination message says.

    Raises
    ------
    MessageError
        If it is not a message of this version: too long, garbled, inflating beyond `DETAIL_LIMIT`, or with
        characters that would reach a terminal as commands.
    """
    if len(raw) > MESSAGE_LIMIT:
        raise MessageError(
            f"a termination message has at most {MESSAGE_LIMIT} bytes, this one has {len(raw)}"
        )
    try:
        message = RunMessage.model_validate_json(raw)
        detail = _read_detail(message.detail)
    except (ValidationError, binascii.Error, zlib.error) as error:
        # The cause quotes what it read, which must not travel further.
        raise MessageError("the termination message is not one of this version") from error
    texts = [message.message, *(text for row in detail.violations for text in row.model_dump().values())]
    if not all(text.isprintable() for text in [*texts, *(row.feature for row in detail.metrics)]):
        raise MessageError("the termination message holds characters that do not print")
    if any(count > _LARGEST_COUNT for count in message.counts.model_dump().values()):
        raise MessageError("the termination message holds a count that no run can reach")
    return message, detail


def read_detail(text: str) -> MessageDetail:
    """Return the detail of a message that was believed, as a status keeps it.

    Raises
    ------
    MessageError
        If it is not one: garbled, or inflating beyond `DETAIL_LIMIT`.
    """
    try:
        return _read_detail(text)
    except (ValidationError, binascii.Error, zlib.error) as error:
        raise MessageError("the detail is not one of this version") from error


def _summarised(violation: ReportViolation) -> ViolationSummary:
    return ViolationSummary(
        feature=cut(printable(violation.feature), 128),
        check=cut(printable(violation.check), 64),
        description=cut(printable(violation.description), 256),
    )


def _printable_metrics(metrics: FeatureMetrics) -> FeatureMetrics:
    return metrics.model_copy(update={"feature": cut(printable(metrics.feature), 512)})


def _deflated(detail: MessageDetail) -> str:
    plain = detail.model_dump_json(by_alias=True, exclude_none=True).encode()
    return base64.b64encode(zlib.compress(plain, level=9)).decode("ascii")


def _read_detail(text: str) -> MessageDetail:
    inflated = _inflated(text)
    return MessageDetail.model_validate_json(inflated) if inflated else MessageDetail()


def _inflated(text: str) -> bytes:
    """Return the inflated detail; `zlib.error` where it is damaged, cut short or too long."""
    if not text:
        return b""
    inflater = zlib.decompressobj()
    plain = inflater.decompress(base64.b64decode(text.encode(), validate=True), DETAIL_LIMIT)
    if not inflater.eof or inflater.unused_data:
        raise zlib.error("the detail does not end where it should")
    return plain
