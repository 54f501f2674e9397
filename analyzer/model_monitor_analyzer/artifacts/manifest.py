"""`manifest.json`: which run wrote the files beside it, and what they must be to be taken for its result."""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import Field

from model_monitor_api.contract.plan import Subject
from model_monitor_api.layout import ANALYSIS_FOLDERS
from model_monitor_api.meta import ApiModel
from model_monitor_api.v1alpha1.analysis import MonitorType
from model_monitor_api.v1alpha1.monitoringexecution import Window

MANIFEST_VERSION: Final = "modelmonitor.dev/manifest.v1"


class ManifestFile(ApiModel):
    """One file of a result."""

    name: Annotated[str, Field(max_length=256, pattern=r"^[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*$")]
    """Path below the manifest's folder."""

    size: Annotated[int, Field(ge=0)]
    """Bytes."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of the bytes."""

    @classmethod
    def of(cls, name: str, data: bytes) -> Self:
        """Return the entry of a file with this content."""
        return cls(name=name, size=len(data), sha256=hashlib.sha256(data).hexdigest())


class Manifest(ApiModel):
    """What one run wrote; files without it are the rest of a run that did not end."""

    version: Literal["modelmonitor.dev/manifest.v1"] = MANIFEST_VERSION
    """Version of the document."""

    run_id: str
    """Id of the run."""

    subject: Subject
    """The object that was run."""

    plan_digest: str
    """Digest of the plan that it was run by."""

    window: Window | None = None
    """Stretch of time, absent for a baseline."""

    inputs: str
    """Digest of the identity of all objects that were read."""

    files: list[ManifestFile]
    """What was written, by name."""

    @property
    def by_name(self) -> Mapping[str, ManifestFile]:
        """Files by name."""
        return {file.name: file for file in self.files}

    @property
    def artifacts(self) -> Mapping[MonitorType, str]:
        """SHA-256 over the files of each analysis of a baseline; empty for the result of a window.

        It is that of the lines `<name> <size> <sha256>`, each ended by a line feed, of the analysis's entries
        in the order of their names.
        """
        lines = {
            analysis: [
                f"{file.name} {file.size} {file.sha256}\n"
                for file in sorted(self.files, key=lambda file: file.name)
                if file.name.startswith(f"{folder}/")
            ]
            for analysis, folder in ANALYSIS_FOLDERS.items()
        }
        return {
            analysis: hashlib.sha256("".join(found).encode()).hexdigest()
            for analysis, found in lines.items()
            if found
        }
