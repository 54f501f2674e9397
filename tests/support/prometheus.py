"""A real Prometheus on loopback that scrapes what a test names."""

import json
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from tests.cluster.processes import Process
from tests.cluster.waiting import wait_for
from tests.support.parts import missing
from tests.support.ports import free_port

INTERVAL: Final = "1s"


@dataclass(frozen=True)
class Prometheus:
    """A running server."""

    url: str

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series of an instant query, each with `metric` and `value`."""
        query = urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(f"{self.url}/api/v1/query?{query}", timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        return found

    def ready(self) -> bool:
        """Whether it answers queries."""
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False


@contextmanager
def prometheus(folder: Path, targets: Sequence[str], *rule_files: Path) -> Iterator[Prometheus]:
    """Run a server with its data in a folder until the context ends.

    Parameters
    ----------
    targets
        `host:port` of what to scrape at `/metrics`, every second.
    rule_files
        Recording and alerting rules.
    """
    program = shutil.which("prometheus")
    if program is None:
        missing("the metrics in Prometheus: it is not on the PATH; on Debian: apt-get install prometheus")
    config = folder / "prometheus.yaml"
    config.write_text(
        yaml.safe_dump(
            {
                "global": {"scrape_interval": INTERVAL, "evaluation_interval": INTERVAL},
                "rule_files": [str(path.resolve()) for path in rule_files],
                "scrape_configs": [
                    # A scraper keeps the labels that our metrics carry, as the chart's ServiceMonitor does.
                    {"job_name": "tests", "honor_labels": True, "static_configs": [{"targets": [*targets]}]}
                ],
            }
        )
    )
    address = f"127.0.0.1:{free_port()}"
    command = [f"--config.file={config}", f"--storage.tsdb.path={folder}/data"]
    server = Process("prometheus", [program, *command, f"--web.listen-address={address}"], folder)
    server.start()
    try:
        found = Prometheus(f"http://{address}")
        wait_for(found.ready, 30, "Prometheus")
        yield found
    finally:
        server.stop()
