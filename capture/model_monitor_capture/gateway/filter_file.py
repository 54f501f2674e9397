"""The compiled capture filter: where the image has it, and how Envoy's container gets it."""

import shutil
import sys
from pathlib import Path
from typing import Final

from model_monitor_api.settings import SettingsError

FILTER_FILE: Final = "libmodel_monitor_capture.so"
"""Name of the file."""

INSTALLED: Final = Path(sys.prefix, "lib", FILTER_FILE)
"""Where the image of the shipper has it."""


def place_filter(folder: Path, installed: Path = INSTALLED) -> None:
    """Copy the filter into a folder that Envoy sees, whole or not at all.

    Parameters
    ----------
    folder
        A volume of the pod.
    installed
        What is copied.

    Raises
    ------
    SettingsError
        It is not there, or the folder can't be written to.
    """
    draft = folder / f"{FILTER_FILE}.new"
    try:
        shutil.copyfile(installed, draft)
        draft.rename(folder / FILTER_FILE)
    except OSError as error:
        raise SettingsError(
            f"the capture filter '{installed}' can't be copied to '{folder}': {error.strerror}; use an image "
            "that was built by the project's Dockerfile"
        ) from error
