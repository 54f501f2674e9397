"""The compiled capture filter itself: what it needs of a system, and settings that it can't read."""

import json
import re
import subprocess
from pathlib import Path

from model_monitor_capture.gateway.routes import FILTER
from tests.capture.envoy import gateway, spec, wait_for
from tests.capture.filter import capture_filter
from tests.capture.http import request
from tests.capture.model import Model

OLDEST_LIBRARY = (2, 35)
"""Of the C library in the images of Envoy, those of Ubuntu and of Debian."""


def test_it_needs_no_newer_c_library_than_images_of_envoy_have() -> None:
    found = re.findall(rb"GLIBC_(\d+)\.(\d+)", capture_filter().read_bytes())
    assert found
    assert max((int(major), int(minor)) for major, minor in found) <= OLDEST_LIBRARY


def test_it_needs_no_library_besides() -> None:
    told = subprocess.run(["ldd", capture_filter()], capture_output=True, text=True, check=True).stdout
    names = {line.split()[0].rsplit("/", 1)[-1] for line in told.splitlines()}
    assert not {name for name in names if not name.startswith(("linux-vdso.", "libc.", "ld-linux-"))}


def test_settings_that_it_cannot_read_change_nothing(tmp_path: Path, served: Model) -> None:
    with gateway(tmp_path, served.port, spec()) as running:
        routes = Path(running.installation.routes_file)
        document = json.loads(routes.read_text())
        route = document["resources"][0]["virtual_hosts"][0]["routes"][0]
        settings = route["typed_per_filter_config"][FILTER]["filter_config"]
        settings["value"] = settings["value"].replace("max_body_bytes 1048576", "max_body_bytes lots")
        draft = routes.with_suffix(".draft")
        draft.write_text(json.dumps(document))
        draft.rename(routes)
        wait_for(lambda: "`lots` is no value of max_body_bytes" in running.log, "the refusal")
        assert request(running.port, b"1", Content_Type="text/csv").status == 200
        [record] = running.records(1)
        assert record["captureData"]["endpointInput"]["data"] == "1"


def test_settings_of_a_newer_writer_are_taken(tmp_path: Path, served: Model) -> None:
    with gateway(tmp_path, served.port, spec()) as running:
        routes = Path(running.installation.routes_file)
        draft = routes.with_suffix(".draft")
        draft.write_text(routes.read_text().replace("threshold 4294967296", "unheard_of x\\nthreshold 0"))
        draft.rename(routes)
        wait_for(lambda: _is_unsampled(running.port, running.spool), "the new settings")


def _is_unsampled(port: int, spool: Path) -> bool:
    """Return whether a request leaves no record within a second."""
    before = spool.read_bytes().count(b"\n")
    assert request(port, b"1", Content_Type="text/csv").status == 200
    try:
        wait_for(lambda: spool.read_bytes().count(b"\n") > before, "a record", seconds=1.5)
    except AssertionError:
        return True
    return False
