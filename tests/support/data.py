"""Where the real data sets stand that tests read."""

import os
from pathlib import Path

_BESIDE = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def data_file(name: str) -> Path:
    """Return the path of one real data file, or fail saying how to provide it."""
    folder = Path(os.environ.get("MODEL_MONITOR_TEST_DATA", _BESIDE))
    path = folder / name
    if not path.is_file():
        raise FileNotFoundError(
            f"test data '{name}' is not in '{folder}'; "
            "point MODEL_MONITOR_TEST_DATA at the folder that has it"
        )
    return path
