"""One run's folder of files in a store: written so that it counts as a whole or not at all."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from pydantic import ValidationError

from model_monitor_analyzer.artifacts.manifest import Manifest, ManifestFile
from model_monitor_analyzer.errors import AnalyzerError, OutputConflictError, UnreadableObjectError
from model_monitor_analyzer.stores.store import Store
from model_monitor_api.contract.plan import Subject

MANIFEST: Final = "manifest.json"

_MAX_MANIFEST_BYTES: Final = 1 << 20
_MAX_FILE_BYTES: Final = 1 << 31
_CONTENT_TYPES: Final = {".json": "application/json", ".html": "text/html; charset=utf-8"}


class DamagedResultError(Exception):
    """A file is gone, or is not what the manifest beside it says; who reads it knows what that means."""


class ResultFolder(NamedTuple):
    """The folder of one run's result."""

    store: Store
    """Store that it is in."""

    uri: str
    """Its URI, without a slash at the end."""

    def manifest(self) -> Manifest | None:
        """Return the manifest, `None` where there is none.

        Raises
        ------
        DamagedResultError
            If what stands there cannot be read as one.
        StorageError
            If the store cannot be asked.
        """
        uri = f"{self.uri}/{MANIFEST}"
        if self.store.head(uri) is None:
            return None
        try:
            return Manifest.model_validate_json(self.store.get(uri, max_bytes=_MAX_MANIFEST_BYTES))
        except (ValidationError, UnreadableObjectError) as error:
            raise DamagedResultError(
                f"'{uri}': it is no manifest of a version known here; remove its folder, or give the run "
                "another output.uri"
            ) from error

    def read(self, entry: ManifestFile) -> bytes:
        """Return one file's bytes, having compared them with its entry in the manifest.

        Raises
        ------
        DamagedResultError
            If the file is gone or differs.
        """
        uri = f"{self.uri}/{entry.name}"
        if self.store.head(uri) is None:
            raise DamagedResultError(f"'{uri}': the file is gone that the manifest beside it names")
        data = self.store.get(uri, max_bytes=_MAX_FILE_BYTES)
        if ManifestFile.of(entry.name, data) != entry:
            raise DamagedResultError(f"'{uri}': the file is not the one that the manifest beside it names")
        return data

    def write(self, files: Mapping[str, bytes], manifest: Manifest) -> None:
        """Write the files in the order of their names, then the manifest.

        What an earlier run of the same subject left there is replaced. While it is, no manifest stands there,
        so that no reader takes a mixture for a result; if writing ends early, what was written is removed
        again.

        Raises
        ------
        OutputConflictError
            If another schedule's result stands there, or a manifest that is not ours.
        StorageError
            If the store refuses.
        """
        try:
            previous = self.manifest()
        except DamagedResultError as error:
            raise OutputConflictError(str(error)) from error
        if previous is not None:
            refuse_other_subject(previous, manifest.subject, self.uri)
            self.store.delete(f"{self.uri}/{MANIFEST}")
        written: list[str] = []
        try:
            for name in sorted(files):
                written.append(name)
                self._put(name, files[name])
            for name in sorted(previous.by_name.keys() - files.keys() if previous else ()):
                self.store.delete(f"{self.uri}/{name}")
            self._put(MANIFEST, manifest.model_dump_json(by_alias=True, exclude_none=True, indent=2).encode())
        except BaseException:
            self._remove(written)
            raise

    def _put(self, name: str, data: bytes) -> None:
        kind = _CONTENT_TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")
        self.store.put(f"{self.uri}/{name}", data, content_type=kind)

    def _remove(self, names: list[str]) -> None:
        """Remove files as well as possible: the store may be what has just failed."""
        for name in names:
            try:
                self.store.delete(f"{self.uri}/{name}")
            except AnalyzerError:
                return


def refuse_other_subject(found: Manifest, ours: Subject, uri: str) -> None:
    """Raise `OutputConflictError` if the result that stands at a place is another schedule's.

    A baseline's folder is named by the digest of its settings: one made by the same settings may take it
    over, such as a Baseline that was deleted and created again.
    """
    theirs = found.subject
    if theirs.uid == ours.uid or theirs.kind == ours.kind == "Baseline":
        return
    namesake = theirs.model_copy(update={"uid": ours.uid}) == ours
    because = ", which reads other data or was deleted and created again" if namesake else ""
    raise OutputConflictError(
        f"'{uri}': it holds results of another {theirs.kind} '{theirs.namespace}/{theirs.name}' (uid "
        f"{theirs.uid}){because}, not of '{ours.namespace}/{ours.name}' (uid {ours.uid}); give this one "
        "another output.uri, or remove the old results"
    )
