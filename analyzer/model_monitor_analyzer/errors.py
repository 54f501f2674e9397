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
    ├── DataError
    │   ├── UnreadableObjectError
    │   └── SchemaMismatchError
    ├── BaselineMissingError
    ├── BaselineChangedError
    ├── OutputConflictError
    ├── ModelUnreachableError         *
    └── ScriptError

A retry can help only the errors marked with a star. Exit codes tell the same without the message: 2 is bad
input, 10 to 29 never get better by themselves, 30 to 39 may; 1 is everything unforeseen. Messages name the
object and what to do; they hold no data values, no secrets and no stack traces.
"""

from typing import ClassVar


class AnalyzerError(Exception):
    """Base of all errors that a run ends with.

    Attributes
    ----------
    reason
        CamelCase constant for conditions and statuses.
    exit_code
        Exit status of `model-monitor analyze`; `run` maps it to 2 for bad input and 1 otherwise.
    retryable
        Whether the same run may succeed later with nothing changed by a person.
    """

    reason: ClassVar[str] = "AnalysisFailed"
    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False


class ConfigurationError(AnalyzerError):
    """A manifest, plan, URI or expression is wrong."""

    reason = "InvalidConfiguration"
    exit_code = 2


class StorageError(AnalyzerError):
    """An object store failed in a way that no other class describes."""

    reason = "StorageFailed"
    exit_code = 10


class AccessRefusedError(StorageError):
    """The store does not accept the credentials, or they lack a permission."""

    reason = "AccessRefused"
    exit_code = 11


class BucketMissingError(StorageError):
    """The bucket, container or mounted directory does not exist."""

    reason = "BucketMissing"
    exit_code = 12


class ObjectMissingError(StorageError):
    """An object that was named does not exist."""

    reason = "ObjectMissing"
    exit_code = 13


class OutputNotWritableError(StorageError):
    """Results can't be written where they belong."""

    reason = "OutputNotWritable"
    exit_code = 14


class DataError(AnalyzerError):
    """Data as a whole can't be used, as opposed to single bad records."""

    reason = "DataUnusable"
    exit_code = 15


class UnreadableObjectError(DataError):
    """An object is not what its declared format says."""

    reason = "ObjectUnreadable"
    exit_code = 16


class SchemaMismatchError(DataError):
    """Columns are missing, repeated, too many, or of an impossible type."""

    reason = "SchemaMismatch"
    exit_code = 17


class BaselineMissingError(AnalyzerError):
    """The baseline's artifacts are not where they should be."""

    reason = "BaselineMissing"
    exit_code = 18


class BaselineChangedError(AnalyzerError):
    """The baseline's artifacts are not those that the plan names by digest."""

    reason = "BaselineChanged"
    exit_code = 19


class OutputConflictError(AnalyzerError):
    """The output holds another schedule's results."""

    reason = "OutputConflict"
    exit_code = 20


class ScriptError(AnalyzerError):
    """A pre- or post-processing script raised, looped or answered something unusable.

    Parameters
    ----------
    message
        Script, line, type of the exception and place of the record.
    detail
        The script's traceback with the exception's own message, which may hold data: for log and report, not
        for a status.
    """

    reason = "ScriptFailed"
    exit_code = 21

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class StoreUnreachableError(StorageError):
    """The store did not answer in time, or answered that it is busy."""

    reason = "StoreUnreachable"
    exit_code = 30
    retryable = True


class ModelUnreachableError(AnalyzerError):
    """The model did not answer."""

    reason = "ModelUnreachable"
    exit_code = 31
    retryable = True


class ObjectChangedError(StorageError):
    """An object was replaced while it was read."""

    reason = "ObjectChanged"
    exit_code = 32
    retryable = True
