"""Bringing the data of a window and its baseline to where an image of one's own looks for them."""

import contextlib
import hashlib
import logging
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from errno import EDQUOT, ENOSPC
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, NamedTuple

from model_monitor_analyzer.custom.configuration import write_configuration
from model_monitor_analyzer.errors import ConfigurationError, OutOfDiskError
from model_monitor_analyzer.execution.ordered import map_in_order
from model_monitor_analyzer.pipeline.data import Input, find_input
from model_monitor_analyzer.pipeline.reference import BaselineFiles
from model_monitor_analyzer.pipeline.results import Run, execution_task
from model_monitor_analyzer.sources.compression import DamagedError, decompress
from model_monitor_analyzer.sources.templates import parse_template
from model_monitor_analyzer.stores.access import Access, open_store
from model_monitor_analyzer.stores.store import ObjectRef, Store
from model_monitor_api.contract.custom import (
    CONFIG,
    CONSTRAINTS_INPUT,
    FOLDERS,
    INPUT,
    MESSAGE,
    METRICS,
    OUTPUT,
    RECORD,
    STATISTICS_INPUT,
    FetchedRun,
    captured_as,
    environment,
    has_statistics,
)
from model_monitor_api.contract.plan import AnalysisPlan
from model_monitor_api.layout import CONSTRAINTS, STATISTICS

_LOG = logging.getLogger(__name__)

_READERS: Final = 8
_LONGEST_NAME: Final = 200
_SUFFIXES: Final = (".gz", ".zst")


def fetch(run: Run, access: Access, work: Path) -> FetchedRun:
    """Fetch what a run reads, and lay out the folders of the image.

    That is done also where the run's result is there already: the image runs again in any case, and it should
    not fail for want of data; what it finds is passed over then.

    Parameters
    ----------
    run
        Run of a window.
    access
        Credentials and mounts.
    work
        What is `/opt/ml` to the image.

    Raises
    ------
    AnalyzerError
        If something can't be read, or there is no room for it.
    """
    plan, window = run.plan, run.window
    data = plan.data
    if data is None or window is None:
        raise ConfigurationError(f"{plan.subject.kind} {plan.subject.name}: the plan names no data to read")
    try:
        lay_out(work)
        finished = run.existing(None) is not None
        for path, content in _baseline(plan, access).items():
            _new_file(work / path).write_bytes(content)
        found = find_input(plan, window, access)
        _download(found, access, work / INPUT)
        write_configuration(work / CONFIG, plan, data, environment(plan, window))
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT):
            raise OutOfDiskError(f"there is no room for the window's objects below '{work}'") from error
        raise ConfigurationError(f"--work: '{work}' can't be written: {error.strerror}") from error
    record = FetchedRun(window=window, objects=len(found.objects), inputs=found.digest, finished=finished)
    leave_record(work, record)
    return record


def lay_out(work: Path) -> None:
    """Empty the image's folders, which an attempt before this one may have filled, and make them anew.

    Images run as users of their own, so everybody may write where they leave something.
    """
    for folder in FOLDERS:
        (work / folder).mkdir(parents=True, exist_ok=True)
        for child in (work / folder).iterdir():
            if child.is_dir() and not child.is_symlink():
                shutil.rmtree(child)
            else:
                child.unlink()
    (work / RECORD).unlink(missing_ok=True)
    (work / INPUT).mkdir(parents=True)
    for path in (OUTPUT, MESSAGE.parent, METRICS):
        (work / path).mkdir(parents=True, exist_ok=True)
        (work / path).chmod(0o777)  # within a pod, where the image's user is not known


def leave_record(work: Path, record: FetchedRun) -> None:
    """Write down what was fetched."""
    (work / RECORD).write_text(record.model_dump_json(by_alias=True, exclude_none=True), encoding="utf-8")


def _baseline(plan: AnalysisPlan, access: Access) -> Mapping[PurePosixPath, bytes]:
    files = BaselineFiles(execution_task(plan).baseline, access)
    found = {CONSTRAINTS_INPUT: files.parsed(CONSTRAINTS, bytes)}
    if has_statistics(plan):
        found[STATISTICS_INPUT] = files.parsed(STATISTICS, bytes)
    return found


def _download(found: Input, access: Access, folder: Path) -> None:
    source = found.source
    template = parse_template(source.uri)
    head = source.uri if template is None else template.head
    captured = captured_as(source.uri) if source.format == "SageMakerCapture" else ()
    store = open_store(head, source.connection, access)
    place = _Place(folder, captured, len(_parts(head)), source.format != "Parquet")
    with ThreadPoolExecutor(_READERS, thread_name_prefix="fetch") as executor:
        fetch_one = partial(_fetch_object, store, place)
        for _ in map_in_order(executor, fetch_one, found.objects, ahead=4 * _READERS):
            pass


class _Place(NamedTuple):
    """Where objects go, and how."""

    folder: Path
    """Folder below which they are laid."""

    captured: tuple[str, ...]
    """Folders that come first, of capture files."""

    base: int
    """Parts of a key that all objects have."""

    unpack: bool
    """Whether compressed objects are unpacked."""

    def open(self, uri: str) -> BinaryIO:
        """Open the file of an object: below its folders, or under a name of its own where that is taken.

        A store may have both `a` and `a/b`, or the same file compressed and not.
        """
        parts = _parts(uri)
        inner = [_safe(part) for part in (*self.captured, *(parts[self.base :] or parts[-1:]))]
        if self.unpack and inner[-1].endswith(_SUFFIXES):
            inner[-1] = inner[-1].rpartition(".")[0] or inner[-1]
        path = self.folder.joinpath(*inner)
        with contextlib.suppress(FileExistsError, NotADirectoryError, IsADirectoryError):
            path.parent.mkdir(parents=True, exist_ok=True)
            return path.open("xb")
        return (self.folder / f"{hashlib.sha256(uri.encode()).hexdigest()[:16]}-{inner[-1]}").open("xb")


def _fetch_object(store: Store, place: _Place, ref: ObjectRef) -> None:
    pieces = store.stream(ref)
    with place.open(ref.uri) as file:
        try:
            for piece in decompress(pieces) if place.unpack else pieces:
                file.write(piece)
        except DamagedError:
            _LOG.warning("'%s' is damaged or cut short; what could be read of it was fetched", ref.uri)


def _new_file(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _parts(uri: str) -> list[str]:
    return [part for part in uri.partition("://")[2].split("/")[1:] if part]


def _safe(part: str) -> str:
    """Return a name of a file for a part of a key; a digest where it can be none."""
    if part in (".", "..") or "\0" in part or len(part.encode()) > _LONGEST_NAME:
        return hashlib.sha256(part.encode()).hexdigest()[:32]
    return part
