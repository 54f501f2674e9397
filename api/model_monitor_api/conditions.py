"""Condition types and reasons of all kinds: closed lists, each with when it is set and what to do."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, Self

Status = Literal["True", "False", "Unknown"]

_INVALID: Final = (
    "InvalidSpec",
    "False",
    "The spec can't be carried out; the message names the field.",
    "Correct it: `model-monitor validate` shows the same before it is applied.",
)
_CONFLICT: Final = (
    "NameConflict",
    "False",
    "An object that would be made exists and belongs to somebody else. It is left alone.",
    "Rename this object, or remove the other one.",
)


class Reason(StrEnum):
    """Base of the reasons of one condition.

    Attributes
    ----------
    status
        Status of the condition when it has this reason.
    meaning
        When it is set.
    next_step
        What to do.
    """

    status: Status
    meaning: str
    next_step: str

    def __new__(cls, reason: str, status: Status, meaning: str, next_step: str) -> Self:
        """Make a member from one line of a table."""
        member = str.__new__(cls, reason)
        member._value_ = reason
        member.status, member.meaning, member.next_step = status, meaning, next_step
        return member


class CaptureReady(Reason):
    """Reasons of a DataCapture's `Ready`."""

    AVAILABLE = (
        "Available",
        "True",
        "The gateway or sink takes requests at `status.url`.",
        "Send inference requests there.",
    )
    FILES_DECLARED = (
        "FilesDeclared",
        "True",
        "Somebody else writes the data; nothing needs to run.",
        "Nothing.",
    )
    ROLLING_OUT = (
        "RollingOut",
        "Unknown",
        "The gateway's pods are being made or replaced.",
        "Wait.",
    )
    UNAVAILABLE = (
        "Unavailable",
        "False",
        "No pod of the gateway is ready; the message says why.",
        "Mend what the message names; requests to `status.url` fail until then.",
    )
    SERVICE_NOT_FOUND = (
        "ServiceNotFound",
        "False",
        "The Service in `source.service`, or its port, does not exist.",
        "Create it, or correct the name or port.",
    )
    INVALID_SPEC = _INVALID
    NAME_CONFLICT = _CONFLICT


class CaptureCapturing(Reason):
    """Reasons of a DataCapture's `Capturing`."""

    STORING = ("Storing", "True", "Requests are recorded, and what was recorded is stored.", "Nothing.")
    STORE_FAILING = (
        "StoreFailing",
        "False",
        "Uploads fail; records wait in the pods. The message begins with the reason of the failure.",
        "Check `storage`: see [exit codes](exit-codes.md) for the reason.",
    )
    PAUSED = (
        "Paused",
        "False",
        "Records fill three quarters of `gateway.spoolBytes`, so requests pass without being recorded.",
        "See why records are not stored, or raise `gateway.spoolBytes`.",
    )
    NO_REQUESTS = ("NoRequests", "False", "No pod takes requests, so none is recorded.", "See `Ready`.")
    NO_REPORT = (
        "NoReport",
        "Unknown",
        "No pod of the gateway tells how it fares.",
        "See `Ready`; the operator must reach port 9090 of the gateway's pods.",
    )


class CapturePressure(Reason):
    """Reasons of a DataCapture's `StoragePressure`."""

    SPOOL_FULL = (
        "SpoolFull",
        "True",
        "In a pod at least, records fill three quarters of `gateway.spoolBytes`.",
        "Check that the store takes uploads; raise `gateway.spoolBytes`.",
    )
    SPOOL_HAS_ROOM = ("SpoolHasRoom", "False", "There is room for records that wait.", "Nothing.")
    NO_REPORT = (
        "NoReport",
        "Unknown",
        "No pod of the gateway tells how it fares.",
        "See `Ready`; the operator must reach port 9090 of the gateway's pods.",
    )


class CaptureDegraded(Reason):
    """Reasons of a DataCapture's `Degraded`, which speaks of a gateway that takes requests."""

    PODS_FAILING = (
        "PodsFailing",
        "True",
        "Fewer pods are ready than there should be, or new ones do not start; the message says why.",
        "Mend what the message names; the pods that are ready go on.",
    )
    RECORDS_DROPPED = (
        "RecordsDropped",
        "True",
        "In the last full hour records were lost. Requests were not affected.",
        "See `StoragePressure` and the log of the shippers.",
    )
    AS_WANTED = ("AsWanted", "False", "All pods are ready, and no record was lost lately.", "Nothing.")
    NOT_READY = ("NotReady", "Unknown", "The gateway takes no requests.", "See `Ready`.")


class BaselineReady(Reason):
    """Reasons of a Baseline's `Ready`."""

    COMPUTED = ("Computed", "True", "Everything that is asked for was computed and written.", "Nothing.")
    ADOPTED = ("Adopted", "True", "The existing files were read and taken over.", "Nothing.")
    COMPUTING = ("Computing", "Unknown", "The Job is running, or waits for a node.", "Wait.")
    REFERENCE_NOT_FOUND = (
        "ReferenceNotFound",
        "False",
        "A DataCapture, ConfigMap or key that the spec names does not exist.",
        "Create it, or correct the name.",
    )
    FAILED = (
        "Failed",
        "False",
        "The Job failed; the message begins with the reason of the failure.",
        "See [exit codes](exit-codes.md) for the reason.",
    )
    INVALID_SPEC = _INVALID
    NAME_CONFLICT = _CONFLICT


class ScheduleReady(Reason):
    """Reasons of a MonitoringSchedule's `Ready`, which speaks of the schedule and not of the model."""

    SCHEDULED = ("Scheduled", "True", "Windows are analysed when they close.", "Nothing.")
    SUSPENDED = ("Suspended", "False", "`suspend` is true: nothing is run.", "Set `suspend` to false.")
    BASELINE_NOT_READY = (
        "BaselineNotReady",
        "False",
        "The Baseline exists but is not ready.",
        "Look at its conditions.",
    )
    REFERENCE_NOT_FOUND = (
        "ReferenceNotFound",
        "False",
        "A Baseline, DataCapture, ConfigMap or key that the spec names does not exist.",
        "Create it, or correct the name.",
    )
    FAILING = (
        "Failing",
        "False",
        "The last execution failed for a reason that a retry does not mend.",
        "Look at the last execution's message.",
    )
    INVALID_SPEC = _INVALID
    NAME_CONFLICT = _CONFLICT


class ScheduleViolations(Reason):
    """Reasons of a MonitoringSchedule's `ViolationsDetected`."""

    VIOLATIONS_FOUND = (
        "ViolationsFound",
        "True",
        "The last execution with a verdict found violations.",
        "Read its report.",
    )
    NO_VIOLATIONS = ("NoViolations", "False", "The last execution with a verdict found none.", "Nothing.")
    NO_VERDICT = ("NoVerdictYet", "Unknown", "No execution has had a verdict.", "Wait for the first window.")


class ScheduleAlert(Reason):
    """Reasons of a MonitoringSchedule's `InAlert`."""

    ALERT = (
        "EnoughViolations",
        "True",
        "Of the last `alert.evaluationPeriods` verdicts, `alert.datapointsToAlert` had violations.",
        "Look into the model: reports tell which features, and since when.",
    )
    NO_ALERT = ("TooFewViolations", "False", "Fewer of them had violations.", "Nothing.")
    NO_VERDICT = ("NoVerdictYet", "Unknown", "No execution has had a verdict.", "Wait for the first window.")


class ScheduleConclusive(Reason):
    """Reasons of a MonitoringSchedule's `Conclusive`."""

    VERDICTS = ("VerdictsReached", "True", "Recent executions have had verdicts.", "Nothing.")
    INCONCLUSIVE = (
        "RepeatedlyInconclusive",
        "False",
        "`inconclusiveAfter` executions in a row were inconclusive or failed.",
        "See their reasons with `kubectl get mmx`.",
    )
    NO_VERDICT = ("NoVerdictYet", "Unknown", "No execution has had a verdict.", "Wait for the first window.")


class AccessMode(Reason):
    """Reasons of `AccessMode`, which is set where results go to a volume claim."""

    SUFFICIENT = ("AccessModeSufficient", "True", "All pods that write can mount the claim.", "Nothing.")
    SINGLE_NODE = (
        "SingleNode",
        "False",
        "The claim is `ReadWriteOnce` and several pods write to it: those on another node have to wait.",
        "Use a `ReadWriteMany` claim or an object store, or keep the pods on one node by `podTemplate`.",
    )
    CLAIM_NOT_FOUND = (
        "ClaimNotFound",
        "False",
        "The volume claim that a `pvc://` location names does not exist.",
        "Create it, or correct the location.",
    )


class ExecutionFinished(Reason):
    """Reasons of a MonitoringExecution's `Finished`; `status.state` and `status.reason` say how."""

    PENDING = ("Pending", "False", "The run has not begun.", "Wait.")
    IN_PROGRESS = ("InProgress", "False", "The run has begun.", "Wait.")
    STOPPING = ("Stopping", "False", "`stop` is true and the run is ending.", "Wait.")
    RETRYING = (
        "Retrying",
        "False",
        "The last attempt failed for a reason that may pass; another one follows.",
        "Nothing; `status.nextAttemptTime` tells when.",
    )
    WAITING_FOR_SCHEDULE = (
        "WaitingForSchedule",
        "False",
        "The MonitoringSchedule can't be run yet: its Baseline is not ready, or its spec is not valid.",
        "Look at the conditions of the schedule.",
    )
    WAITING_FOR_LABELS = (
        "WaitingForLabels",
        "False",
        "The window is over, but labels are still taken (`groundTruth.endOffset`).",
        "Wait.",
    )
    VERDICT = ("VerdictReached", "True", "The run has a verdict.", "Read the report.")
    INCONCLUSIVE = ("Inconclusive", "True", "The run worked but has no verdict.", "See `status.reason`.")
    FAILED = ("Failed", "True", "The run failed.", "See `status.reason`.")
    STOPPED = ("Stopped", "True", "A person stopped the run.", "Nothing.")
    REFERENCE_NOT_FOUND = (
        "ReferenceNotFound",
        "True",
        "The MonitoringSchedule that the spec names does not exist.",
        "Create the execution again with the right name.",
    )


@dataclass(frozen=True)
class ConditionType:
    """One type of condition of one kind, with all reasons that it can have."""

    kind: str
    name: str
    meaning: str
    reasons: type[Reason]


CONDITIONS: Final = (
    ConditionType("DataCapture", "Ready", "Whether requests can be sent, or data be read.", CaptureReady),
    ConditionType(
        "DataCapture", "Capturing", "Whether requests are recorded and records stored.", CaptureCapturing
    ),
    ConditionType(
        "DataCapture",
        "StoragePressure",
        "Whether records wait that find little room. True is bad news.",
        CapturePressure,
    ),
    ConditionType(
        "DataCapture",
        "Degraded",
        "Whether it works less well than wanted. True is bad news.",
        CaptureDegraded,
    ),
    ConditionType(
        "Baseline", "Ready", "Whether its artifacts are there for schedules to compare with.", BaselineReady
    ),
    ConditionType("MonitoringSchedule", "Ready", "Whether windows are being analysed.", ScheduleReady),
    ConditionType(
        "MonitoringSchedule",
        "ViolationsDetected",
        "Whether the last verdict was one with violations. True is bad news of the model.",
        ScheduleViolations,
    ),
    ConditionType(
        "MonitoringSchedule",
        "InAlert",
        "Whether violations add up to an alert. True is bad news of the model.",
        ScheduleAlert,
    ),
    ConditionType(
        "MonitoringSchedule",
        "Conclusive",
        "Whether executions have verdicts at all.",
        ScheduleConclusive,
    ),
    ConditionType(
        "MonitoringSchedule", "AccessMode", "Whether all its pods can write where results go.", AccessMode
    ),
    ConditionType("Baseline", "AccessMode", "Whether its pods can write where results go.", AccessMode),
    ConditionType(
        "MonitoringExecution", "Finished", "Whether the run has ended, however it did.", ExecutionFinished
    ),
)
"""All condition types."""
