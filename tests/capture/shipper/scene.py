"""Model, gateway, shipper and store with requests passing; a test may take each of them away."""

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from model_monitor_api.contract.shipper import DRAINED_PATH
from tests.capture.envoy import gateway, spec
from tests.capture.load import Stored, Traffic, fast_model
from tests.capture.shipper.process import ShipperProcess, s3_storage
from tests.support.ports import free_port
from tests.support.s3 import make_bucket, s3_server

RECORDS = "model_monitor_capture_records_total"
FAILED = 'model_monitor_capture_upload_failures_total{reason="%s"}'


class Scene:
    """All that a request and its record pass.

    Parameters
    ----------
    folder
        Where everything keeps its files.
    stack
        Ends it all.
    settings
        Of the shipper, besides those that it needs.
    """

    def __init__(self, folder: Path, stack: ExitStack, **settings: Any) -> None:
        for name in ("model", "shipper"):
            (folder / name).mkdir()
        self._folder = folder
        self._model = stack.enter_context(ExitStack())
        self._store = stack.enter_context(ExitStack())
        self._model_port = free_port()
        self.bring_model()
        self.endpoint = self._store.enter_context(s3_server("127.0.0.1"))
        self.bucket = make_bucket(self.endpoint)
        self.gateway = stack.enter_context(gateway(folder / "gateway", self._model_port, spec()))
        uncaptured = spec(sampling={"percentage": 0})
        beside = stack.enter_context(gateway(folder / "beside", self._model_port, uncaptured))
        self.shipping = ShipperProcess(
            folder / "shipper", self.gateway, s3_storage(self.bucket), **{"flushInterval": "200ms"} | settings
        )
        self.shipping.start()
        stack.callback(lambda: self.shipping.end(signal.SIGKILL))
        self.traffic = stack.enter_context(Traffic(self.gateway.port, beside.port))
        self.wait_for_records()

    def take_model(self) -> None:
        self._model.close()

    def bring_model(self) -> None:
        self._model.enter_context(fast_model(self._folder / "model", self._model_port, naming=True))

    def take_store(self) -> None:
        """Make connections to the store be refused."""
        self._store.close()

    def bring_store(self) -> None:
        """Bring it back with what it held."""
        self._store.enter_context(s3_server("127.0.0.1", int(self.endpoint.rpartition(":")[2])))

    def kill_shipper(self) -> None:
        """Kill the shipper and start it as kubelet does."""
        self.shipping.end(signal.SIGKILL)
        self.shipping.start()

    def wait_for_records(self) -> None:
        """Wait for another record in the store."""
        self.shipping.wait_for_metric(RECORDS, max(self.shipping.metric(RECORDS), 0) + 1)

    def end_gateway(self) -> None:
        """End requests, and the gateway as that of a pod ends."""
        self.traffic.end()
        assert self.shipping.drain() == 0
        assert self.shipping.ask(DRAINED_PATH) == b"ok\n"
        self.gateway.process.terminate()
        self.gateway.process.wait()

    def end(self) -> Stored:
        """End requests, gateway and shipper as those of a pod end, and return what is stored."""
        self.end_gateway()
        assert self.shipping.end(signal.SIGTERM) == 0, self.shipping.log
        return Stored(self.bucket)


@contextmanager
def scene(folder: Path, **settings: Any) -> Iterator[Scene]:
    """Set the scene until the context ends."""
    with ExitStack() as stack:
        yield Scene(folder, stack, **settings)


def assert_nothing_is_lost(traffic: Traffic, stored: Stored) -> None:
    """Check that each request has one record, and that the accounts say so."""
    accounts = stored.accounts()
    assert stored.ids() == Counter(traffic.answers.keys())
    assert sum(one.captured for one in accounts) == len(traffic.answers)
    assert not any(one.incomplete or one.dropped or one.seen != one.captured for one in accounts)
