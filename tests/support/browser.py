"""A real browser for tests: headless Chromium, fresh and cut off from the network for every page."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


def chromium() -> str:
    """Return the browser's path; without one fail in CI, elsewhere skip saying what was not tested."""
    for name in _NAMES:
        path = shutil.which(name)
        if path:
            return path
    remedy = f"none of {', '.join(_NAMES)} is on the PATH; run tools/install-test-parts.sh as root"
    if os.environ.get("CI"):
        pytest.fail(f"no browser: {remedy}")
    pytest.skip(f"NOT TESTED in a browser: {remedy}")


def dump_dom(page: bytes, folder: Path, fragment: str = "") -> str:
    """Return a page's document after the browser has loaded it and run its scripts.

    Parameters
    ----------
    page
        The HTML.
    folder
        An empty folder for the page and the browser's profile.
    fragment
        What follows `#` in the address.
    """
    file = folder / "page.html"
    file.write_bytes(page)
    address = file.as_uri() + (f"#{fragment}" if fragment else "")
    command = [chromium(), *_QUIET, f"--user-data-dir={folder / 'profile'}", "--dump-dom", address]
    run = subprocess.run(command, capture_output=True, timeout=120, check=True)
    return run.stdout.decode("utf-8")
