"""What the object-store client says when a request fails, as our errors.

The client tells the cause only in its text, which quotes requests and answers; it is read here, never shown.
"""

import re
from http import HTTPStatus
from typing import Final, NamedTuple

from obstore.exceptions import (
    BaseError,
    InvalidPathError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)

from model_monitor_analyzer.errors import (
    AccessRefusedError,
    BucketMissingError,
    ConfigurationError,
    ObjectChangedError,
    ObjectMissingError,
    StorageError,
    StoreUnreachableError,
)
from model_monitor_analyzer.stores.location import parse_uri

FAILURES: Final = (BaseError, OSError, ValueError)
"""What the client raises: its own errors, and Python's for absent objects, time-outs and bad settings."""

_KEYS: Final = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS_JSON",
    "az": "AZURE_STORAGE_ACCOUNT_NAME with AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN",
}


class _Cause(NamedTuple):
    """How a cause is recognised, by the kind of exception or by words in its text, and what is said then."""

    kinds: tuple[type[Exception], ...]
    words: str | None
    error: type[StorageError | ConfigurationError]
    message: str

    def fits(self, error: Exception) -> bool:
        return isinstance(error, self.kinds) or bool(
            self.words and re.search(self.words, str(error), re.IGNORECASE)
        )


_CAUSES: Final = (
    _Cause(
        (),
        r"NoSuchBucket|ContainerNotFound|The specified (bucket|container) does not exist",
        BucketMissingError,
        "'{bucket}' does not exist: create it, or correct the URI '{uri}'",
    ),
    _Cause((FileNotFoundError,), None, ObjectMissingError, "'{uri}' does not exist"),
    _Cause(
        (PreconditionError,),
        None,
        ObjectChangedError,
        "'{uri}' was replaced while it was read; the next run reads the new one",
    ),
    _Cause(
        (),
        r"PermanentRedirect|AuthorizationHeaderMalformed|IncorrectEndpoint|redirect without LOCATION",
        ConfigurationError,
        "'{bucket}' lies in another region: set connection.region",
    ),
    _Cause(
        (PermissionDeniedError, UnauthenticatedError),
        r"\b40[13] (Unauthorized|Forbidden)|status: 40[13]\b|AccessDenied|InvalidAccessKeyId|"
        r"SignatureDoesNotMatch|ExpiredToken|InvalidToken|AuthenticationFailed|AuthorizationFailure",
        AccessRefusedError,
        "the store refuses access to '{uri}': check that the credentials are valid and may list and read it",
    ),
    _Cause(
        (),
        r"169\.254\.169\.254|169\.254\.170\.2|metadata\.google|/latest/(api/token|meta-data)|"
        r"computeMetadata|metadata/identity|credential",
        AccessRefusedError,
        "no credentials for '{bucket}' were found: set {keys}, or give the pod a workload identity",
    ),
    _Cause(
        (InvalidPathError, ValueError),
        None,
        ConfigurationError,
        "'{uri}' can't be addressed: a part of its path, or a setting, is not accepted",
    ),
    _Cause(
        (),
        r"\b(500|501|505) [A-Z]|status: (500|501|505)\b|InternalError",
        StoreUnreachableError,
        "the store of '{uri}' answered with an error of its own (HTTP 5xx): look into its state and its log",
    ),
    _Cause(
        (TimeoutError, ConnectionError),
        r"error sending request|tcp connect|dns error|(?<!retry_)timed? ?out|connection (reset|closed)|"
        r"\b(408|429|500|502|503|504) [A-Z]|status: (408|429|5\d\d)\b|SlowDown|IncompleteMessage",
        StoreUnreachableError,
        "the store of '{uri}' does not answer: check the endpoint and the network",
    ),
)


def explain(error: Exception, uri: str) -> StorageError | ConfigurationError:
    """Return the error to raise for a failed request.

    Parameters
    ----------
    error
        One of `FAILURES`.
    uri
        What was asked for.
    """
    location = parse_uri(uri)
    for cause in _CAUSES:
        if cause.fits(error):
            bucket = location.root.rstrip("/")
            return cause.error(
                cause.message.format(uri=uri, bucket=bucket, keys=_KEYS.get(location.scheme, ""))
            )
    return StorageError(f"the request for '{uri}' failed ({type(error).__name__})")


def explain_answer(status: int, body: str, uri: str) -> StorageError | ConfigurationError:
    """Return the error to raise for an answer to a listing that is none.

    Parameters
    ----------
    status
        HTTP status.
    body
        What came with it.
    uri
        What was listed.
    """
    code = " NoSuchBucket" if status == HTTPStatus.NOT_FOUND else ""
    return explain(BaseError(f"status: {status}{code} {body}"), uri)
