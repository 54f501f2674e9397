"""The HTTP session that kopf uses: with the same credentials as the client, and observed."""

import ssl
from collections.abc import Callable
from types import SimpleNamespace
from typing import Protocol, cast

import aiohttp
from kubernetes.client.configuration import Configuration

from model_monitor_operator.cluster.places import Place, place_of


class Observer(Protocol):
    """Is told what kopf asks of the API server."""

    def listed(self, place: Place) -> None:
        """Learn that all objects of a place were listed."""
        ...

    def begun(self, place: Place) -> None:
        """Learn that the API server has agreed to a watch."""
        ...


def observed_session(how: Configuration, observer: Observer) -> aiohttp.ClientSession:
    """Return a session that shows the operator's credentials and tells what came of its requests.

    kopf does not say when it lists anew after a broken watch, and an empty listing leaves no other trace.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=_ssl_context(how)),
        proxy=how.proxy,
        headers={"User-Agent": "model-monitor-operator"},
        trace_configs=[_tracing(lambda: _authorization(how), observer)],
    )


def _ssl_context(how: Configuration) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=how.ssl_ca_cert)
    if how.cert_file:
        context.load_cert_chain(how.cert_file, how.key_file)
    if not how.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _authorization(how: Configuration) -> dict[str, str]:
    """Return the headers with the credentials of now: tokens are renewed while the session lasts."""
    settings = cast("dict[str, dict[str, str]]", how.auth_settings()).values()
    return {each["key"]: each["value"] for each in settings if each["in"] == "header"}


def _tracing(authorization: Callable[[], dict[str, str]], observer: Observer) -> aiohttp.TraceConfig:
    async def starts(
        _session: aiohttp.ClientSession, _context: SimpleNamespace, sent: aiohttp.TraceRequestStartParams
    ) -> None:
        sent.headers.update(authorization())

    async def ends(
        _session: aiohttp.ClientSession, _context: SimpleNamespace, sent: aiohttp.TraceRequestEndParams
    ) -> None:
        place = place_of(sent.url.path)
        if place is None or not sent.response.ok:
            return
        if "watch" in sent.url.query:
            observer.begun(place)
        elif "continue" not in sent.url.query:
            observer.listed(place)

    tracing = aiohttp.TraceConfig()
    tracing.on_request_start.append(starts)
    tracing.on_request_end.append(ends)
    return tracing
