"""Errors of the operator; each says by its base class whether and when to try again.

`TemporaryError` is tried again, later and later; `PermanentError` waits until something changes.
"""


class OperatorError(Exception):
    """Base of all; the message names the object and is fit for a person."""


class TemporaryError(OperatorError):
    """Trying again may help."""


class PermanentError(OperatorError):
    """Trying again does not help until something changes; the resync tries again all the same."""


class ApiUnavailableError(TemporaryError):
    """The API server does not answer, does not know the operator yet, or asks to come later.

    Parameters
    ----------
    message
        What happened.
    retry_after
        Seconds that the API server asks to wait.
    """

    def __init__(self, message: str, retry_after: float = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ConflictedError(TemporaryError):
    """The object was changed, or is another one, since it was read."""


class ForbiddenError(PermanentError):
    """The operator's service account lacks a permission, or a policy forbids the request."""


class RefusedError(PermanentError):
    """The API server refuses an object; the message is the server's."""


class ExistsError(PermanentError):
    """There is an object of that name already."""


class AbsentError(PermanentError):
    """The object, its namespace or its kind is not there, or not any more."""
