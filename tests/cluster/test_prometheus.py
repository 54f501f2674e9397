"""The real Prometheus scrapes what a test names."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.cluster.waiting import wait_for
from tests.support.prometheus import prometheus


class Metrics(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(b'model_monitor_example{namespace="models"} 3\n')

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def test_prometheus_scrapes_a_target(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Metrics) as target:
        threading.Thread(target=target.serve_forever).start()
        try:
            with prometheus(tmp_path, [f"127.0.0.1:{target.server_port}"]) as server:
                found = wait_for(lambda: server.query("model_monitor_example"), 30, "the scraped series")
        finally:
            target.shutdown()
    assert found[0]["metric"]["namespace"] == "models"
    assert found[0]["value"][1] == "3"
