"""What KServe's logger writes into a bucket: an object for each event, named after the inference.

`<…>/<namespace>/<service>/<component>/<id>-<request|response>.json` holds the event as KServe's own
structure, its body in base64. Neither tells the time, so the moment counts at which the request's object was
written: that and the names, which a listing gives, are the index by which a window's objects are found.
Requests and responses are paired by name and become the records of `sources.capture`.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

from model_monitor_analyzer.errors import ObjectMissingError, UnreadableObjectError
from model_monitor_analyzer.execution.ordered import map_in_order
from model_monitor_analyzer.payload import json_text
from model_monitor_analyzer.payload.errors import BodyError
from model_monitor_analyzer.sources.lines import Chunk
from model_monitor_analyzer.sources.problems import Place, ProblemKind, Problems
from model_monitor_analyzer.sources.source import Window
from model_monitor_analyzer.stores import ObjectRef, Store
from model_monitor_api.headers import EXPLANATION_HEADER

LONGEST_ANSWER: Final = timedelta(hours=1)
"""How much later than its request a response may have been written that is paired with it in a window."""

MAX_EVENT_BYTES: Final = 64 << 20
"""A larger object is counted and left out."""

_NAME: Final = re.compile(r"(.*)-(request|response)\.json")
_OTHER_FORMATS: Final = (".csv", ".parquet")
_SIDES: Final = {"request": ("endpointInput", "INPUT"), "response": ("endpointOutput", "OUTPUT")}
_READERS: Final = 16
_CHUNK_RECORDS: Final = 512
_ORIGIN: Final = {
    "Component": "component",
    "Endpoint": "endpoint",
    "InferenceService": "inferenceservicename",
    "Namespace": "namespace",
}


class LoggedChunk(NamedTuple):
    """Records made of pairs of objects.

    Attributes
    ----------
    chunk
        They, as lines of a capture file.
    uris
        Object that each line is of, the request's where there is one.
    problems
        Objects that could not be read.
    left_out
        Number of inferences that explained the model.
    """

    chunk: Chunk
    uris: list[str]
    problems: Problems
    left_out: int

    def placed(self, problems: Problems) -> Problems:
        """Return problems of the chunk's lines as problems of the objects."""
        # A cut cell is placed by its row, of which a request may have several.
        last = len(self.uris) - 1
        places = (Place(place.kind, self.uris[min(place.record - 1, last)], 0) for place in problems.places)
        return Problems(problems.counts, tuple(sorted(places)))


def logged_objects(found: Iterable[ObjectRef], window: Window | None) -> Iterator[ObjectRef]:
    """Yield the objects of a window, of inferences asked for in it.

    Parameters
    ----------
    found
        All objects below a prefix.
    window
        Stretch of time; None for all.

    Raises
    ------
    UnreadableObjectError
        The logger writes another format than JSON.
    """
    near: dict[str, list[ObjectRef]] = {}
    for ref in found:
        if ref.uri.endswith(_OTHER_FORMATS):
            raise UnreadableObjectError(
                f"'{ref.uri}' is not read: let the InferenceService's logger store the format json"
            )
        if _NAME.fullmatch(ref.uri) and (window is None or _is_near(ref, window)):
            near.setdefault(stem(ref.uri), []).append(ref)
    for refs in near.values():
        if window is None or window.start <= _asked(refs) < window.end:
            yield from refs


def stem(uri: str) -> str:
    """Return what the objects of one inference have in common."""
    found = _NAME.fullmatch(uri)
    return found[1] if found else uri


def logged_chunks(store: Store, objects: Sequence[ObjectRef]) -> Iterator[LoggedChunk]:
    """Read objects, those of one inference behind one another, as chunks of capture records.

    Raises
    ------
    StorageError
        The store refuses or fails.
    UnreadableObjectError
        An object holds a batch: which of its events belong together, other objects would have to tell.
    """
    pairs: list[list[ObjectRef]] = []
    for ref in objects:
        if pairs and stem(pairs[-1][0].uri) == stem(ref.uri):
            pairs[-1].append(ref)
        else:
            pairs.append([ref])
    with ThreadPoolExecutor(_READERS, thread_name_prefix="logs") as executor:
        read = map_in_order(executor, partial(_read_pair, store), pairs, ahead=4 * _READERS)
        held: list[_Pair] = []
        for one in read:
            held.append(one)
            if len(held) == _CHUNK_RECORDS:
                yield _chunk(held)
                held = []
        if held:
            yield _chunk(held)


class _Pair(NamedTuple):
    uri: str
    line: bytes | None
    bad: list[Place]
    is_explanation: bool


def _chunk(pairs: Sequence[_Pair]) -> LoggedChunk:
    kept = [(pair.uri, pair.line) for pair in pairs if pair.line is not None]
    problems = sum((Problems({place.kind: 1}, (place,)) for pair in pairs for place in pair.bad), Problems())
    data = b"".join(line + b"\n" for _, line in kept)
    left_out = sum(pair.is_explanation for pair in pairs)
    return LoggedChunk(Chunk(data, 1, ended=True), [uri for uri, _ in kept], problems, left_out)


def _read_pair(store: Store, refs: Sequence[ObjectRef]) -> _Pair:
    sides: dict[str, Any] = {}
    event: dict[str, Any] = {}
    bad: list[Place] = []
    for ref in refs:
        entry = _read(store, ref)
        if entry is None:
            continue
        if isinstance(entry, ProblemKind):
            bad.append(Place(entry, ref.uri, 0))
            continue
        if _explains(entry):
            return _Pair(ref.uri, None, bad, is_explanation=True)
        found = _NAME.fullmatch(ref.uri)
        side, mode = _SIDES[found[2] if found else "request"]
        sides[side] = {
            "data": entry["Bytes"] or "",
            "encoding": "BASE64",
            "mode": mode,
            "observedContentType": entry.get("ContentType") or None,
        }
        event |= {name: entry[key] for key, name in _ORIGIN.items() if isinstance(entry.get(key), str)}
        event["eventId"] = event["inferenceId"] = entry["Id"]
    if not sides:
        return _Pair(refs[0].uri, None, bad, is_explanation=False)
    event["inferenceTime"] = f"{_asked(refs).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    record = {"captureData": sides, "eventMetadata": event, "eventVersion": "0"}
    line = json.dumps(record, separators=(",", ":")).encode()
    return _Pair(refs[0].uri, line, bad, is_explanation=False)


def _read(store: Store, ref: ObjectRef) -> dict[str, Any] | ProblemKind | None:
    """Return the event of an object, or what is wrong with it; None if it is no more."""
    if ref.size > MAX_EVENT_BYTES:
        return ProblemKind.OVERSIZED_RECORD
    try:
        document = json_text.parse(store.get(ref.uri, max_bytes=MAX_EVENT_BYTES).decode())
    except ObjectMissingError:
        return None  # deleted since it was listed
    except (UnicodeDecodeError, BodyError):
        return ProblemKind.INVALID_JSON
    if isinstance(document, list):
        if len(document) > 1:
            raise UnreadableObjectError(
                f"'{ref.uri}' holds a batch of {len(document)} events, which is not read: "
                "set `logger.batchSize` of the InferenceService to 1, or let its logger send to a sink"
            )
        document = document[0] if document else None
    fits = (
        isinstance(document, dict)
        and isinstance(document.get("Id"), str)
        and isinstance(document.get("Bytes"), str | None)
        and isinstance(document.get("ContentType"), str | None)
    )
    return document if fits else ProblemKind.INVALID_JSON


def _explains(entry: dict[str, Any]) -> bool:
    metadata = entry.get("Metadata")
    names = {name.lower() for name in metadata} if isinstance(metadata, dict) else set()
    return EXPLANATION_HEADER in names or entry.get("Component") == "explainer"


def _is_near(ref: ObjectRef, window: Window) -> bool:
    return window.start - LONGEST_ANSWER <= ref.modified < window.end + LONGEST_ANSWER


def _asked(refs: Iterable[ObjectRef]) -> datetime:
    """Return when an inference was asked for: when its request was written, else its response."""
    return min(refs, key=lambda ref: not ref.uri.endswith("-request.json")).modified
