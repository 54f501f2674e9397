"""The capture filter, compiled once for each state of its source."""

import hashlib
import shutil
import subprocess
from functools import cache as once
from pathlib import Path
from typing import Final

from tests.cluster.binaries import BinariesMissingError
from tests.cluster.cache import cache, only_one

ROOT: Final = Path(__file__).parents[2]
_BUILD: Final = ROOT / "tools" / "build-filter.sh"


@once
def capture_filter() -> Path:
    """Return the file that Envoy loads.

    Raises
    ------
    BinariesMissingError
        If there is no compiler.
    """
    sources = [_BUILD, *sorted((ROOT / "capture" / "filter").glob("*.rs"))]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    file = cache("capture-filter", digest[:16], "libmodel_monitor_capture.so")
    with only_one(file):
        if not file.exists():
            if shutil.which("rustc") is None:
                raise BinariesMissingError("the capture filter needs rustc (Debian package rustc)")
            subprocess.run([_BUILD, file], check=True)
    return file
