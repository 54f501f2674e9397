"""The errors by which an analysis ends, each with a reason for programs and a sentence for people.

    AnalyzerError
    ├── ConfigurationError            what a person wrote can't be carried out
    ├── StorageError
    │   ├── StoreUnreachableError     *
    │   ├── AccessRefusedError
    │   ├── BucketMissingError
    │   ├── ObjectMissingError
    │   ├── ObjectChangedError        *
    │   └── OutputNotWritableError
    │       └── OutputFullError
    ├── DataError
    │   ├── UnreadableObjectError
    │   │   ├── RowsMissingError
    │   │   └── ImageResultError
    │   └── SchemaMismatchError
    ├── BaselineMissingError
    │   └── BaselineFailedError
    ├── BaselineChangedError
    ├── OutputConflictError
    ├── OutOfDiskError
    ├── ModelUnreachableError         *
    ├── WorkersLostError              *
    └── ScriptError
        ├── ScriptHandlerError
        └── ScriptTimeoutError

A retry can help only the errors marked with a star; exit codes tell the same (`model_monitor_api.failures`).
Messages name the object and what to do; they hold no data values, no secrets and no stack traces.
"""

from typing import ClassVar

from model_monitor_api.failures import Failure


class AnalyzerError(Exception):
    """Base of all errors that a run ends with.

    Attributes
    ----------
    failure
        Reason, exit code, whether a retry can help, and what to do.
    """

    failure: ClassVar[Failure] = Failure.ANALYSIS_FAILED

    @property
    def reason(self) -> str:
        """CamelCase constant for conditions and statuses."""
        return self.failure.value

    @property
    def exit_code(self) -> int:
        """Exit status of `model-monitor analyze`."""
        return self.failure.exit_code or 1

    @property
    def retryable(self) -> bool:
        """Whether the same run may succeed later with nothing changed by a person."""
        return self.failure.retryable

    @property
    def next_step(self) -> str:
        """What a person should do."""
        return self.failure.next_step


class ConfigurationError(AnalyzerError):
    """A manifest, plan, URI or expression is wrong."""

    failure = Failure.INVALID_CONFIGURATION


class StorageError(AnalyzerError):
    """An object store failed in a way that no other class describes."""

    failure = Failure.STORAGE_FAILED


class AccessRefusedError(StorageError):
    """Credentials are missing or incomplete, are not accepted, or lack a permission."""

    failure = Failure.ACCESS_REFUSED


class BucketMissingError(StorageError):
    """The bucket, container or mounted directory does not exist."""

    failure = Failure.BUCKET_MISSING


class ObjectMissingError(StorageError):
    """An object that was named does not exist."""

    failure = Failure.OBJECT_MISSING


class OutputNotWritableError(StorageError):
    """Results can't be written where they belong."""

    failure = Failure.OUTPUT_NOT_WRITABLE


class OutputFullError(OutputNotWritableError):
    """There is no room for results where they belong."""

    @property
    def next_step(self) -> str:
        """What a person should do."""
        return "Free space or raise the quota where `output.uri` is, or name another place."


class DataError(AnalyzerError):
    """Data as a whole can't be used, as opposed to single bad records."""

    failure = Failure.DATA_UNUSABLE


class UnreadableObjectError(DataError):
    """An object is not what its declared format says."""

    failure = Failure.OBJECT_UNREADABLE


class RowsMissingError(UnreadableObjectError):
    """A JSON document has no list of rows where one is looked for."""

    @property
    def next_step(self) -> str:
        """What a person should do."""
        return "Correct `rows`: it must lead from the document to its list of rows."


class ImageResultError(UnreadableObjectError):
    """What an analyzer image of one's own left can't be taken for a result."""

    @property
    def next_step(self) -> str:
        """What a person should do."""
        return "Correct what the image in `spec.analyzer` writes."


class SchemaMismatchError(DataError):
    """Columns are missing, repeated, too many, or of an impossible type."""

    failure = Failure.SCHEMA_MISMATCH


class BaselineMissingError(AnalyzerError):
    """The baseline's artifacts are not where they should be."""

    failure = Failure.BASELINE_MISSING


class BaselineFailedError(BaselineMissingError):
    """The baseline's artifacts are missing because computing them failed in the same run."""

    @property
    def next_step(self) -> str:
        """What a person should do."""
        return "Correct what the Baseline's own error names, and run it again."


class BaselineChangedError(AnalyzerError):
    """The baseline's artifacts are not those that the plan names by digest."""

    failure = Failure.BASELINE_CHANGED


class OutputConflictError(AnalyzerError):
    """The output holds another schedule's results."""

    failure = Failure.OUTPUT_CONFLICT


class OutOfDiskError(AnalyzerError):
    """There is no room for temporary files."""

    failure = Failure.OUT_OF_DISK


class ScriptError(AnalyzerError):
    """A pre- or post-processing script raised, ended its process or returned something unusable.

    Parameters
    ----------
    message
        Script, line, type of the exception and place of the record.
    detail
        The script's traceback with the exception's own message, which may hold data: for the run's log, not
        for a status.
    """

    failure = Failure.SCRIPT_FAILED

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class ScriptHandlerError(ScriptError):
    """A script does not define the one handler that it needs."""

    @property
    def next_step(self) -> str:
        """What a person should do."""
        return "Define exactly one of the handlers that the message names."


class ScriptTimeoutError(ScriptError):
    """A call of a script took longer than it may."""

    failure = Failure.SCRIPT_TIMEOUT


class StoreUnreachableError(StorageError):
    """The store did not answer in time, or answered that it is busy."""

    failure = Failure.STORE_UNREACHABLE


class ModelUnreachableError(AnalyzerError):
    """The model did not answer."""

    failure = Failure.MODEL_UNREACHABLE


class WorkersLostError(AnalyzerError):
    """Workers of a run that is spread over several machines did not come, or were lost."""

    failure = Failure.WORKERS_LOST


class ObjectChangedError(StorageError):
    """An object was replaced while it was read."""

    failure = Failure.OBJECT_CHANGED
