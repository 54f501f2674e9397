"""How much of a window's traffic was captured, by the accounts that lie beside its objects."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final, NamedTuple

from model_monitor_analyzer.data_quality.result import DataQualityResult
from model_monitor_analyzer.errors import UnreadableObjectError
from model_monitor_analyzer.execution.ordered import map_in_order
from model_monitor_analyzer.pipeline.data import Input
from model_monitor_analyzer.sources.listing import CAPTURE_LAYOUT
from model_monitor_analyzer.sources.source import Source, Window
from model_monitor_analyzer.sources.templates import parse_template
from model_monitor_analyzer.stores.access import Access, open_store
from model_monitor_analyzer.stores.store import ObjectRef, Store
from model_monitor_api.contract.completeness import (
    COMPLETENESS_LIMIT,
    CompletenessError,
    HourCompleteness,
    is_completeness_name,
    read_completeness,
)
from model_monitor_api.contract.report import Coverage

_READERS: Final = 8
_HOUR: Final = timedelta(hours=1)


class Accounts(NamedTuple):
    """What the accounts of a window say."""

    coverage: Coverage
    """All of them together."""

    digest: str
    """SHA-256 over the identity of the documents."""


def read_accounts(found: Input, access: Access) -> Accounts:
    """Read the accounts of all hours that a window touches.

    Parameters
    ----------
    found
        The window's objects; those of a folder without any account are unaccounted for.
    access
        Credentials and mounts.

    Raises
    ------
    StorageError
        If they can't be listed or read.
    """
    source, window = found.source, found.window
    template = parse_template(source.uri)
    store = open_store(template.head if template else source.uri, source.connection, access)
    refs = sorted({ref.uri: ref for ref in _documents(store, source, window)}.values())
    with ThreadPoolExecutor(_READERS, thread_name_prefix="accounts") as executor:
        read = list(map_in_order(executor, partial(_read, store), refs, ahead=4 * _READERS))
    accounts: dict[str, list[HourCompleteness]] = defaultdict(list)
    for ref, account in zip(refs, read, strict=True):
        if account is not None and _touches(account, window):
            accounts[_folder(ref.uri)].append(account)
    unaccounted = {_folder(ref.uri) for ref in found.objects} - accounts.keys()
    lines = "".join(f"{ref.uri}\0{ref.size}\0{ref.etag or ref.modified.isoformat()}\n" for ref in refs)
    digest = hashlib.sha256(lines.encode()).hexdigest()
    return Accounts(_sum(accounts.values(), len(unaccounted)), digest)


def is_low(coverage: Coverage, least: float) -> bool:
    """Return whether too little of a window was captured, or nothing tells how much."""
    if coverage.unaccounted or not coverage.accounts:
        return True
    return coverage.captured < least * coverage.seen or (least == 1 and coverage.incomplete > 0)


def with_coverage(result: DataQualityResult, coverage: Coverage, least: float) -> DataQualityResult:
    """Return a result that reaches no verdict where too little was captured to say that nothing is wrong.

    What alarmed stays an alarm: it was significant in what there is. A window of which neither records nor
    accounts are there stays without data.
    """
    decided = result.decided
    nothing_known = not coverage.accounts and decided.reason == "NoData"
    if decided.violations or nothing_known or not is_low(coverage, least):
        return result
    return replace(result, decided=replace(decided, verdict="Inconclusive", reason="LowCoverage"))


def _documents(store: Store, source: Source, window: Window | None) -> Iterator[ObjectRef]:
    template = parse_template(source.uri)
    if template is None and source.format == "SageMakerCapture" and window is not None:
        template = parse_template(f"{source.uri.rstrip('/')}/{CAPTURE_LAYOUT}")
    if template is None or window is None:
        folders: Iterable[str] = store.folders(source.uri if template is None else template.head)
    else:
        folders = (
            head + prefix
            for head in store.folders(template.head)
            for prefix in template.prefixes(window, exact=True)
        )
    for folder in folders:
        for ref in store.list(folder):
            if is_completeness_name(ref.uri.rpartition("/")[2]):
                yield ref


def _read(store: Store, ref: ObjectRef) -> HourCompleteness | None:
    """Return what a document says; None where it is none, so that its folder is unaccounted for."""
    try:
        return read_completeness(store.get(ref.uri, max_bytes=COMPLETENESS_LIMIT))
    except (CompletenessError, UnreadableObjectError):
        return None


def _touches(account: HourCompleteness, window: Window | None) -> bool:
    return window is None or (account.hour < window.end and account.hour + _HOUR > window.start)


def _folder(uri: str) -> str:
    return uri.rpartition("/")[0]


def _sum(accounts: Iterable[list[HourCompleteness]], unaccounted: int) -> Coverage:
    every = [account for of_folder in accounts for account in of_folder]
    return Coverage(
        accounts=len(every),
        seen=sum(account.seen for account in every),
        captured=sum(account.captured for account in every),
        dropped=sum(account.dropped for account in every),
        incomplete=sum(1 for account in every if account.incomplete),
        unaccounted=unaccounted,
    )
