"""Why a run failed or reached no verdict: reasons, exit codes, whether a retry can help, what to do.

Analyzer and operator share this table. An exit code of 0 means a verdict of any kind; 2 is bad input; 10 to
29 never get better by themselves, 30 to 39 may; codes above 128 are signals; 1 is everything unforeseen.
"""

from enum import StrEnum
from typing import Final, Self


class Failure(StrEnum):
    """Reason of an execution in the state `Failed`, or of a Baseline that could not be computed.

    Attributes
    ----------
    exit_code
        Exit status of the analyzer's container; None where the operator finds out by other means.
    retryable
        Whether the same run may succeed later with nothing changed by a person.
    meaning
        When it is set.
    next_step
        What to do.
    """

    exit_code: int | None
    retryable: bool
    meaning: str
    next_step: str

    def __new__(
        cls, reason: str, exit_code: int | None, retryable: bool, meaning: str, next_step: str
    ) -> Self:
        """Make a member from one line of the table."""
        member = str.__new__(cls, reason)
        member._value_ = reason
        member.exit_code, member.retryable = exit_code, retryable
        member.meaning, member.next_step = meaning, next_step
        return member

    ANALYSIS_FAILED = (
        "AnalysisFailed",
        1,
        False,
        "The analyzer ended by an error that nobody foresaw.",
        "Read the log of the pod and report it as a defect.",
    )
    INVALID_CONFIGURATION = (
        "InvalidConfiguration",
        2,
        False,
        "The plan, an expression or a location can't be carried out.",
        "Correct the field that the message names.",
    )
    STORAGE_FAILED = (
        "StorageFailed",
        10,
        False,
        "The object store answered with an error that no other reason describes.",
        "Read the message; check the store.",
    )
    ACCESS_REFUSED = (
        "AccessRefused",
        11,
        False,
        "Credentials are missing or incomplete, are not accepted, or lack a permission.",
        "Correct the Secret or the workload identity, or grant it permission on the location.",
    )
    BUCKET_MISSING = (
        "BucketMissing",
        12,
        False,
        "The bucket, container or mounted directory does not exist.",
        "Correct the location, region or endpoint, or create the bucket.",
    )
    OBJECT_MISSING = (
        "ObjectMissing",
        13,
        False,
        "An object that is named does not exist.",
        "Correct the location or write the object.",
    )
    OUTPUT_NOT_WRITABLE = (
        "OutputNotWritable",
        14,
        False,
        "Results can't be written where `output` says.",
        "Grant permission to write below `output.uri`, or name another place.",
    )
    DATA_UNUSABLE = (
        "DataUnusable",
        15,
        False,
        "The data as a whole can't be used.",
        "Compare the data with their declared format.",
    )
    OBJECT_UNREADABLE = (
        "ObjectUnreadable",
        16,
        False,
        "An object is not what its declared format says.",
        "Correct `format`, or remove the object.",
    )
    SCHEMA_MISMATCH = (
        "SchemaMismatch",
        17,
        False,
        "Declared columns are not in the data, occur twice, are too many, or have an impossible type.",
        "Correct `columns`, or the data.",
    )
    BASELINE_MISSING = (
        "BaselineMissing",
        18,
        False,
        "The baseline's artifacts are not where they should be.",
        "Compute the Baseline again: something removed its files.",
    )
    BASELINE_CHANGED = (
        "BaselineChanged",
        19,
        False,
        "The baseline's artifacts are not those that were computed.",
        "Compute the Baseline again: something changed its files.",
    )
    OUTPUT_CONFLICT = (
        "OutputConflict",
        20,
        False,
        "The output already holds the results of another schedule.",
        "Name another `output.uri`, or remove what is there.",
    )
    SCRIPT_FAILED = (
        "ScriptFailed",
        21,
        False,
        "A script raised an exception, or returned what can't be used.",
        "Correct the script; the message names the line and the record's index.",
    )
    SCRIPT_TIMEOUT = (
        "ScriptTimeout",
        22,
        False,
        "A call of a script took longer than `scripts.timeoutSeconds`.",
        "Correct the script, or allow it more time.",
    )
    MODEL_ANSWER_INVALID = (
        "ModelAnswerInvalid",
        23,
        False,
        "The model answered, but not with scores in the declared form.",
        "Correct `predictor.format`, its templates or `predictor.output`.",
    )
    OUT_OF_MEMORY = (
        "OutOfMemory",
        24,
        False,
        "The run needed more memory than it was allowed.",
        "Raise `podTemplate.resources.limits.memory`, or set `scale.workers`.",
    )
    OUT_OF_DISK = (
        "OutOfDisk",
        25,
        False,
        "The run needed more disk for temporary files than there is.",
        "Raise the limit of ephemeral storage, or mount a volume at the temporary directory.",
    )
    CUSTOM_ANALYZER_FAILED = (
        "CustomAnalyzerFailed",
        None,
        True,
        "The image in `analyzer` ended with an exit code other than 0.",
        "Read the log of the pod.",
    )
    STORE_UNREACHABLE = (
        "StoreUnreachable",
        30,
        True,
        "The store did not answer in time, or answered that it is busy.",
        "Check the endpoint and the network policy, if retries do not help.",
    )
    MODEL_UNREACHABLE = (
        "ModelUnreachable",
        31,
        True,
        "The model did not answer.",
        "Check `predictor`; with a container, its log and `readinessPath`.",
    )
    OBJECT_CHANGED = (
        "ObjectChanged",
        32,
        True,
        "An object was replaced while it was read.",
        "Have writers write new objects; raise `window.delay` if they are late.",
    )
    WORKERS_LOST = (
        "WorkersLost",
        33,
        True,
        "Workers of a scaled-out run did not come, or were lost.",
        "Check that the pods can be scheduled, or the address of the Dask cluster.",
    )
    INTERRUPTED = (
        "Interrupted",
        130,
        True,
        "The run was interrupted from the keyboard.",
        "Run it again.",
    )
    TERMINATED = (
        "Terminated",
        143,
        True,
        "The pod was asked to end: a node was drained, or the pod deleted.",
        "Nothing: the run is repeated within `job.backoffLimit`.",
    )
    DEADLINE_EXCEEDED = (
        "DeadlineExceeded",
        None,
        False,
        "The run took longer than `job.activeDeadlineSeconds`.",
        "Raise it, set `scale.workers`, or shorten the window.",
    )
    IMAGE_UNAVAILABLE = (
        "ImageUnavailable",
        None,
        False,
        "The image can't be pulled.",
        "Correct `job.image`, or add `podTemplate.imagePullSecrets`.",
    )
    UNSCHEDULABLE = (
        "Unschedulable",
        None,
        True,
        "No node had room for the pod before the deadline.",
        "Lower the requests, or loosen the placement in `podTemplate`.",
    )
    POD_REFUSED = (
        "PodRefused",
        None,
        False,
        "The API server refused the pod: a quota, a policy, or an invalid `podTemplate`.",
        "Correct what the message names.",
    )
    POD_LOST = (
        "PodLost",
        None,
        True,
        "The pod was evicted, or its node went away.",
        "Nothing: the run is repeated within `job.backoffLimit`.",
    )
    JOB_DELETED = (
        "JobDeleted",
        None,
        True,
        "Somebody deleted the Job before it ended.",
        "Run the window again.",
    )
    NAME_CONFLICT = (
        "NameConflict",
        None,
        False,
        "A Job that would be made exists and belongs to somebody else. It is left alone.",
        "Rename this object, or remove the other one.",
    )
    RESULT_LOST = (
        "ResultLost",
        None,
        True,
        "The analyzer ended well, but its message did not arrive or does not parse.",
        "Nothing: a Job reads the result from the store once more.",
    )


class Inconclusive(StrEnum):
    """Reason of an execution in the state `Inconclusive`: a run that worked but has no verdict.

    Attributes
    ----------
    meaning
        When it is set.
    next_step
        What to do.
    """

    meaning: str
    next_step: str

    def __new__(cls, reason: str, meaning: str, next_step: str) -> Self:
        """Make a member from one line of the table."""
        member = str.__new__(cls, reason)
        member._value_ = reason
        member.meaning, member.next_step = meaning, next_step
        return member

    NO_DATA = (
        "NoData",
        "The window holds no record.",
        "Check that the model was called, and the DataCapture's location and `window.delay`.",
    )
    TOO_FEW_RECORDS = (
        "TooFewRecords",
        "Nothing alarmed, but the window has fewer records than `minRecords`.",
        "Use a longer window, or lower `minRecords`.",
    )
    LOW_COVERAGE = (
        "LowCoverage",
        "Capture kept fewer requests than `minCompleteness`, or fewer labels came than `minCoverage`.",
        "Look at the DataCapture's condition `Complete`, or at the delivery of labels.",
    )
    LABELS_PENDING = (
        "LabelsPending",
        "No label has arrived for the window yet.",
        "Nothing, or raise `groundTruth.endOffset`; the window is analysed again once labels are there.",
    )


EXIT_CODES: Final[dict[int, Failure]] = {
    **{failure.exit_code: failure for failure in Failure if failure.exit_code is not None},
    137: Failure.OUT_OF_MEMORY,  # what a container has that the node ended for its memory
}
"""Failure by exit code of the analyzer's container."""
