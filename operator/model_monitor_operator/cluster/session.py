"""The HTTP session that kopf uses: with the same credentials as the client, and observed.

kopf shall tell what changes, not what there is: that the operator lists itself, and compares with what it
knows. So kopf's own listings match nothing, and tell only from which version on it will watch.
"""

import ssl
from http import HTTPStatus
from typing import Final, Protocol

import aiohttp
from kubernetes.client.configuration import Configuration

from model_monitor_operator.cluster.connection import USER_AGENT, authorization
from model_monitor_operator.cluster.places import Place, place_of

_NOTHING: Final = {"fieldSelector": "metadata.name=.", "resourceVersion": "0"}
"""Makes of a listing one of no object, since none has such a name, out of the API server's memory.

Of some recent version, that is: it is only where the watch begins, and who lists no older one misses nothing.
"""


class Observer(Protocol):
    """Is told what kopf asks of the API server."""

    def anew(self, place: Place, version: str) -> None:
        """Learn that a place is about to be watched from a version on: what changed before is not told."""
        ...

    def begun(self, place: Place) -> None:
        """Learn that the API server has agreed to a watch."""
        ...


def observed_session(how: Configuration, observer: Observer) -> aiohttp.ClientSession:
    """Return a session that shows the operator's credentials and tells what came of its requests."""

    async def observed(
        request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        request.headers.update(authorization(how))
        place = place_of(request.url.path)
        if place is None:
            return await send(request)
        if "watch" in request.url.query:
            answer = await send(request)
            if answer.ok:
                observer.begun(place)
            return answer
        request.url = request.url.update_query(_NOTHING)
        answer = await send(request)
        if answer.status == HTTPStatus.OK:
            observer.anew(place, (await answer.json())["metadata"]["resourceVersion"])
        return answer

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=_ssl_context(how)),
        proxy=how.proxy,
        headers={"User-Agent": USER_AGENT},
        middlewares=[observed],
    )


def _ssl_context(how: Configuration) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=how.ssl_ca_cert)
    if how.cert_file:
        context.load_cert_chain(how.cert_file, how.key_file)
    if not how.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
