"""Which objects a source has, in a window or altogether."""

from collections.abc import Iterable, Iterator
from typing import Final

from model_monitor_analyzer.errors import AccessRefusedError, ObjectMissingError
from model_monitor_analyzer.sources.kserve_logs import logged_objects
from model_monitor_analyzer.sources.log_index import LogIndex
from model_monitor_analyzer.sources.source import Source, Window
from model_monitor_analyzer.sources.templates import UriTemplate, parse_template
from model_monitor_analyzer.stores import Access, ObjectRef, Store, open_store, parse_uri

CAPTURE_LAYOUT: Final = "{yyyy}/{MM}/{dd}/{HH}"
"""Folders of capture files below their prefix."""

_HIDDEN: Final = ("_", ".")


def list_objects(
    source: Source, window: Window | None, access: Access, index: LogIndex | None = None
) -> tuple[ObjectRef, ...]:
    """Return the objects to read, ordered by URI.

    Only prefixes that the window touches are listed. Empty objects and those whose name begins with `_` or
    `.` (`_SUCCESS`, drafts of files being written) are left out. An object that the URI names itself is read
    whatever its name, and an empty one left out unless it should be Parquet, which is never empty.

    Parameters
    ----------
    source
        What is read.
    window
        Stretch of time; None for everything.
    access
        Credentials and mounts.
    index
        Spares listings, for `KServeLog`.

    Raises
    ------
    ConfigurationError, StorageError
        The URI is wrong, or the store refuses or fails.
    ObjectMissingError
        Everything is to be read of an object, named without a slash at the end, that does not exist. A window
        without objects is none of these.
    """
    template = parse_template(source.uri)
    store = open_store(source.uri if template is None else template.head, source.connection, access)
    if template is None:
        named = None if source.uri.endswith("/") else _named(store, source.uri)
        if named is not None:
            return (named,) if named.size or source.format == "Parquet" else ()
        if source.format == "SageMakerCapture" and window is not None:
            template = parse_template(f"{source.uri.rstrip('/')}/{CAPTURE_LAYOUT}")
    found = _below(store, source.uri) if template is None else _templated(store, template, source, window)
    if source.format == "KServeLog":
        if index is not None and window is not None:
            found = index.objects(found, window)
        found = logged_objects(found, window)
    objects = tuple(sorted({ref.uri: ref for ref in found}.values()))
    if not objects and template is None and window is None and not source.uri.endswith("/"):
        raise ObjectMissingError(f"'{source.uri}' does not exist, and there is nothing to read below it")
    return objects


def _named(store: Store, uri: str) -> ObjectRef | None:
    """Return the object that a URI names itself."""
    if not parse_uri(uri).segments:
        return None
    try:
        return store.head(uri)
    except AccessRefusedError:
        return None  # stores also say so of what does not exist, where listing is not allowed; listing tells


def _templated(
    store: Store, template: UriTemplate, source: Source, window: Window | None
) -> Iterator[ObjectRef]:
    has_times = source.is_captured or source.columns.timestamp is not None
    for head in store.folders(template.head):
        if window is None:
            found: Iterable[ObjectRef] = _visible(store.list(head))
        else:
            found = (
                ref
                for prefix in template.prefixes(window, exact=has_times)
                for ref in _prefixed(store, head + prefix)
            )
        yield from (ref for ref in found if template.matches(ref.uri.removeprefix(head).lstrip("/")))


def _prefixed(store: Store, uri: str) -> Iterator[ObjectRef]:
    """Return the objects below a folder, or the object of that very name."""
    below = list(_visible(store.list(uri)))
    if not below and not uri.endswith("/") and (named := _named(store, uri)):
        below = [named]
    yield from below


def _below(store: Store, uri: str) -> Iterator[ObjectRef]:
    for folder in store.folders(uri):
        yield from _visible(store.list(folder))


def _visible(found: Iterable[ObjectRef]) -> Iterator[ObjectRef]:
    for ref in found:
        if ref.size and not ref.uri.rpartition("/")[2].startswith(_HIDDEN):
            yield ref
