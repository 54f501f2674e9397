"""Plain documents in and out of an API server, over the official client's connection."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from kubernetes import config
from kubernetes.client import ApiClient
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import NotFoundError

Manifest = dict[str, Any]

MERGE: Final = "application/merge-patch+json"
APPLY: Final = "application/apply-patch+yaml"


class Client:
    """A connection to an API server as one user."""

    def __init__(self, kubeconfig: Path) -> None:
        self.api: ApiClient = config.new_client_from_config(str(kubeconfig), persist_config=False)  # type: ignore[no-untyped-call]
        """The official client, for what this one lacks."""
        # No discovery: a test names the resource it means.
        self._dynamic = DynamicClient(self.api, discoverer=lambda *_: None)  # type: ignore[no-untyped-call]

    def resource(self, version: str, plural: str, namespace: str | None = None) -> "Resource":
        """Return the objects of a kind, as `resource("batch/v1", "jobs", "models")`."""
        return Resource(self, version, plural, namespace)

    def request(
        self,
        method: str,
        path: str,
        body: Manifest | None = None,
        *,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Any:
        """Send a request and return the document that answers it.

        Raises
        ------
        kubernetes.dynamic.exceptions.DynamicApiError
            If the server refuses; there is a subclass for every status.
        """
        answer = self._dynamic.request(
            method,
            path,
            body=body,
            query_params=list((query or {}).items()),
            content_type=content_type,
            serialize=False,
            _request_timeout=30,
        )
        return json.loads(answer.data)

    def text(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """Return what is not a document: a log, metrics."""
        answer = self._dynamic.request(
            "get",
            path,
            query_params=list((query or {}).items()),
            header_params={"Accept": "*/*"},
            serialize=False,
            _request_timeout=30,
        )
        return str(answer.data.decode())

    def close(self) -> None:
        """Close the connections."""
        self.api.close()  # type: ignore[no-untyped-call]


class Resource:
    """The objects of one kind, in one namespace or in all."""

    def __init__(self, client: Client, version: str, plural: str, namespace: str | None) -> None:
        self._client = client
        root = f"/api/{version}" if "/" not in version else f"/apis/{version}"
        self._all = f"{root}/namespaces/{namespace}/{plural}" if namespace else f"{root}/{plural}"

    def get(self, name: str) -> Manifest:
        """Return an object."""
        return self._send("get", name)

    def find(self, name: str) -> Manifest | None:
        """Return an object, or None where there is none of that name."""
        try:
            return self.get(name)
        except NotFoundError:
            return None

    def list(self, labels: str = "", fields: str = "") -> list[Manifest]:
        """Return the objects that selectors match."""
        query = {"labelSelector": labels, "fieldSelector": fields}
        found = self._send("get", query={key: value for key, value in query.items() if value})
        items: list[Manifest] = found["items"]
        return items

    def create(self, manifest: Manifest) -> Manifest:
        """Create an object."""
        return self._send("post", body=manifest)

    def apply(self, manifest: Manifest, manager: str = "a-user") -> Manifest:
        """Apply an object on the server's side, taking over the fields that others own."""
        query = {"fieldManager": manager, "force": "true", "fieldValidation": "Strict"}
        return self._send(
            "patch", manifest["metadata"]["name"], body=manifest, query=query, content_type=APPLY
        )

    def patch(self, name: str, change: Manifest, subresource: str = "") -> Manifest:
        """Merge a change into an object or into its `status`."""
        return self._send("patch", name, subresource, body=change, content_type=MERGE)

    def replace(self, manifest: Manifest, subresource: str = "") -> Manifest:
        """Replace an object as it was read."""
        return self._send("put", manifest["metadata"]["name"], subresource, body=manifest)

    def delete(self, name: str, propagation: str = "Background", grace: int | None = None) -> None:
        """Delete an object; harmless where it is gone already."""
        query = {"propagationPolicy": propagation}
        if grace is not None:
            query["gracePeriodSeconds"] = str(grace)
        try:
            self._send("delete", name, query=query)
        except NotFoundError:
            return

    def log(self, name: str, container: str = "") -> str:
        """Return the log of a pod's container."""
        return self._client.text(f"{self._all}/{name}/log", {"container": container} if container else None)

    def _send(
        self,
        method: str,
        name: str = "",
        subresource: str = "",
        *,
        body: Manifest | None = None,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Manifest:
        path = "/".join(part for part in (self._all, name, subresource) if part)
        answer: Manifest = self._client.request(method, path, body, query=query, content_type=content_type)
        return answer
