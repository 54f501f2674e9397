"""Where the real data sets stand that tests read."""

import os
from pathlib import Path

from tests.support.parts import missing

_BESIDE = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def data_file(name: str) -> Path:
    """Return the path of one real data file; where it is not, the test says how to provide it."""
    folder = Path(os.environ.get("MODEL_MONITOR_TEST_DATA", _BESIDE))
    path = folder / name
    if not path.is_file():
        missing(
            f"the data set '{name}' is not in '{folder}'; "
            "point MODEL_MONITOR_TEST_DATA at the folder that has it"
        )
    return path
