"""One request to the API server, and what its failure means."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlencode

import yaml
from kubernetes import config
from kubernetes.client.configuration import Configuration
from kubernetes.client.rest import RESTClientObject
from pydantic_core import from_json, to_json
from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError

from model_monitor_api.printable import cut, printable
from model_monitor_operator.errors import (
    AbsentError,
    ApiUnavailableError,
    ConflictedError,
    ExistsError,
    ForbiddenError,
    OperatorError,
    RefusedError,
)

MERGE_PATCH: Final = "application/merge-patch+json"
APPLY_PATCH: Final = "application/apply-patch+yaml"

USER_AGENT: Final = "model-monitor-operator"
"""As whom the API server's audit log has the operator."""

TIMEOUT_SECONDS: Final = 30
"""After this long without an answer a request has failed."""

_VERBS = {"get": "read", "post": "create", "put": "replace", "patch": "update", "delete": "delete"}
"""What methods do, for messages."""

_MEANINGS: Final[Mapping[int, type[OperatorError]]] = {
    HTTPStatus.FORBIDDEN: ForbiddenError,
    HTTPStatus.NOT_FOUND: AbsentError,
    HTTPStatus.GONE: ConflictedError,
}
_LATER: Final = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
"""Refusals that pass: 401 is a token that is about to be renewed, or a server that is only starting."""

_WEBHOOK: Final = "failed calling webhook"
"""What the API server says when a webhook that must agree to an object does not answer."""

_LONGEST: Final = 700
"""Characters of a server's message that are passed on."""

_LONGEST_WAIT: Final = 300.0
"""Seconds for which a server may ask us to wait."""


class CredentialsError(Exception):
    """There is nothing to reach an API server with; the message says what was looked for."""


def configuration(kubeconfig: Path | None, connections: int) -> Configuration:
    """Return how the API server is reached: as a kubeconfig says, else as a pod's ServiceAccount.

    Parameters
    ----------
    kubeconfig
        Path of the file; its current context counts.
    connections
        How many threads ask at once.

    Raises
    ------
    CredentialsError
        If there are no credentials.
    """
    found = Configuration()
    try:
        if kubeconfig is None:
            config.load_incluster_config(found)  # type: ignore[no-untyped-call]
        else:
            config.load_kube_config(str(kubeconfig), client_configuration=found, persist_config=False)  # type: ignore[no-untyped-call]
    except (config.ConfigException, yaml.YAMLError, OSError, ValueError, TypeError, KeyError) as error:
        where = "in this pod" if kubeconfig is None else f"in '{kubeconfig}'"
        hint = "; outside a cluster name a file with --kubeconfig" if kubeconfig is None else ""
        told = _told(error)
        raise CredentialsError(f"no credentials for an API server {where}: {told}{hint}") from error
    # The queue tries again, and knows how long to wait; urllib3 would sleep in a worker.
    found.retries = False
    found.connection_pool_maxsize = connections
    return found


def authorization(how: Configuration) -> dict[str, str]:
    """Return the headers with the credentials of now: tokens are renewed while a process lasts."""
    settings = cast("dict[str, dict[str, str]]", how.auth_settings()).values()
    return {each["key"]: each["value"] for each in settings if each["in"] == "header"}


class Connection:
    """Requests to an API server; may be used by several threads.

    Of the Kubernetes client there are credentials, encryption and proxies. What else it does for each
    request, for kinds that are not known beforehand, takes as long as the request itself.
    """

    def __init__(self, how: Configuration, timeout: float = TIMEOUT_SECONDS) -> None:
        self._how = how
        self._pool: PoolManager = RESTClientObject(how).pool_manager
        self._timeout = Timeout(timeout)

    def send(
        self,
        method: str,
        path: str,
        *,
        subject: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        """Send a request and return the document that answers it.

        Parameters
        ----------
        method
            In lower case.
        path
            Below the server's address.
        subject
            What it is about, for messages.
        body
            The document that is sent.
        query
            What follows `?`.
        content_type
            How the body is meant.

        Raises
        ------
        OperatorError
            Whatever fails, as the kind of error that says whether to try again.
        """
        url = f"{self._how.host}{path}?{urlencode(query)}" if query else f"{self._how.host}{path}"
        what = f"{_VERBS[method]} {subject}"
        try:
            answer = self._pool.urlopen(
                method.upper(),
                url,
                redirect=False,
                body=None if body is None else to_json(body),
                headers={
                    "Accept": "application/json",
                    "Content-Type": content_type,
                    "User-Agent": USER_AGENT,
                    **authorization(self._how),
                },
                timeout=self._timeout,
                retries=False,
            )
            if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
                raise failure(answer, what, creates=method == "post")
            found: dict[str, Any] = from_json(answer.data)
        except (HTTPError, config.ConfigException, OSError, ValueError) as error:
            raise ApiUnavailableError(f"{what}: the API server does not answer: {_told(error)}") from error
        return found

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()


def failure(answer: BaseHTTPResponse, what: str, *, creates: bool) -> OperatorError:
    """Return what an answer that is no success means.

    Parameters
    ----------
    answer
        The answer.
    what
        What was asked for, and of which object.
    creates
        Whether an object was to be created: a conflict then means that the name is taken.
    """
    document, status = _status_document(answer.data or b""), answer.status
    told = f"{what}: {_told(document.get('message') or answer.reason or 'no reason given')}"
    if status == HTTPStatus.INTERNAL_SERVER_ERROR and _WEBHOOK in told:
        # Of this object alone; what else is asked for may well succeed, and a person must be told.
        return RefusedError(told)
    if status in _MEANINGS:
        return _MEANINGS[status](told)
    if status == HTTPStatus.CONFLICT:
        taken = creates and document.get("reason") == "AlreadyExists"
        return ExistsError(told) if taken else ConflictedError(told)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _LATER:
        return RefusedError(told)
    return ApiUnavailableError(told, _retry_after(answer, document))


def _status_document(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def _retry_after(answer: BaseHTTPResponse, document: Mapping[str, Any]) -> float:
    """Return the seconds that a server asks to wait; 0 if it does not."""
    details = document.get("details")
    asked = answer.headers.get("Retry-After") or (
        details.get("retryAfterSeconds") if isinstance(details, dict) else None
    )
    try:
        return min(max(float(asked), 0.0), _LONGEST_WAIT) if asked is not None else 0.0
    except (TypeError, ValueError):  # an HTTP date; no Kubernetes sends one
        return 0.0


def _told(message: object) -> str:
    return cut(printable(str(message)), _LONGEST)
