"""A sink, its shipper and a real store: which records there are in the end."""

import itertools
import random
import signal
import socket
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.capture.envoy import gateway, wait_for
from tests.capture.envoy import spec as gateway_spec
from tests.capture.gateway.test_sampling import captured, send
from tests.capture.load import Stored
from tests.capture.model import Model
from tests.capture.shipper.process import ShipperProcess, s3_storage
from tests.capture.sink.examples import kserve
from tests.capture.sink.process import SinkProcess, request
from tests.support.s3 import S3Bucket

Event = tuple[str, str]
"""Name and side."""

CONNECTIONS = 8
BOTH = ("request", "response")


@pytest.fixture
def shipper(tmp_path: Path, s3_bucket: S3Bucket) -> Iterator[Callable[[SinkProcess], ShipperProcess]]:
    """Start a shipper beside a sink; one that still runs at the end is killed."""
    made: list[ShipperProcess] = []

    def start(running: SinkProcess) -> ShipperProcess:
        made.append(ShipperProcess(tmp_path, running, s3_storage(s3_bucket)))
        made[-1].start()
        made[-1].wait_for_metric("model_monitor_capture_records_total", 0)
        return made[-1]

    yield start
    for one in made:
        if one.process is not None and one.process.poll() is None:
            one.end(signal.SIGKILL)


def post(connection: socket.socket, event: Event) -> int:
    """Send an event; return the status."""
    name, side = event
    connection.sendall(request(kserve(name, side), f"{name},{side}".encode()))
    answer = connection.recv(65536)
    if not answer:
        raise ConnectionError("closed")
    return int(answer.split()[1])


def post_all(port: int, events: Sequence[Event]) -> Counter[int]:
    """Send events over several connections; count the statuses."""

    def some(part: Sequence[Event]) -> Counter[int]:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            return Counter(post(connection, event) for event in part)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return sum(pool.map(some, (events[i::CONNECTIONS] for i in range(CONNECTIONS))), Counter())


def stored_sides(records: Iterable[Any]) -> dict[str, list[list[str]]]:
    """Return the bodies of each record, by inference id."""
    found: dict[str, list[list[str]]] = defaultdict(list)
    for record in records:
        bodies = [side["data"] for side in record["captureData"].values()]
        found[record["eventMetadata"]["inferenceId"]].append(bodies)
    return found


def bodies(name: str, sides: Sequence[str]) -> list[list[str]]:
    return [[f"{name},{side}" for side in sides]]


@pytest.mark.slow
def test_events_in_any_order_are_records_once(
    sink: Callable[..., SinkProcess],
    shipper: Callable[[SinkProcess], ShipperProcess],
    s3_bucket: S3Bucket,
) -> None:
    running = sink(spec={"source": {"cloudEvents": {"joinWindow": "10m"}}})
    shipping = shipper(running)
    wanted: dict[str, Sequence[str]] = {f"both-{n}": BOTH for n in range(3000)}
    wanted |= {f"failed-{n}": BOTH[:1] for n in range(200)} | {f"lone-{n}": BOTH[1:] for n in range(100)}
    once = [(name, side) for name, sides in wanted.items() for side in sides]
    chance = random.Random(7)
    events = once + chance.sample(once, 500)
    chance.shuffle(events)
    assert post_all(running.port, events) == {200: len(events)}
    assert running.metric("duplicates_total") == 500
    wait_for(lambda: running.metric("waiting") == 300, "the halves that wait")
    assert running.end() == 0, running.log
    assert shipping.end(signal.SIGTERM) == 0, shipping.log
    stored = Stored(s3_bucket)
    assert stored_sides(stored.records()) == {name: bodies(name, sides) for name, sides in wanted.items()}
    accounts = stored.accounts()
    assert sum(account.captured for account in accounts) == len(wanted)
    assert sum(account.seen for account in accounts) == len(wanted)
    assert not any(account.incomplete for account in accounts)


@pytest.mark.slow
def test_a_killed_sink_loses_only_what_waited_and_the_hour_says_so(
    sink: Callable[..., SinkProcess],
    shipper: Callable[[SinkProcess], ShipperProcess],
    s3_bucket: S3Bucket,
) -> None:
    running = sink(spec={"source": {"cloudEvents": {"joinWindow": "10m"}}})
    shipping = shipper(running)
    answered: dict[str, list[tuple[str, int]]] = defaultdict(list)
    runs = [0]
    enough = threading.Event()

    def traffic(worker: int) -> None:
        """Send requests and responses in turn; what is not answered is not sent again, as KServe does."""
        connection: socket.socket | None = None
        for number in itertools.count():
            if enough.is_set():
                break
            for side in BOTH:
                name = f"{worker}-{number}"
                try:
                    if connection is None:
                        connection = socket.create_connection(("127.0.0.1", running.port), timeout=60)
                    if post(connection, (name, side)) == 200:
                        answered[name].append((side, runs[0]))
                except OSError:
                    if connection is not None:
                        connection.close()
                    connection = None
                    enough.wait(0.02)
        if connection is not None:
            connection.close()

    threads = [threading.Thread(target=traffic, args=(worker,)) for worker in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    wait_for(lambda: running.metric("joined_total") > 300, "some traffic")
    captured_metric = 'model_monitor_capture_requests{outcome="captured"}'
    shipping.wait_for_metric(captured_metric, 100)
    running.end(signal.SIGKILL)
    runs[0] = 1
    running.start()
    wait_for(lambda: running.metric("joined_total") > 300, "more traffic")
    enough.set()
    for thread in threads:
        thread.join()
    wait_for(lambda: shipping.metric(captured_metric) == running.metric("joined_total"), "new counts")
    assert running.end() == 0, running.log
    assert shipping.end(signal.SIGTERM) == 0, shipping.log
    stored = Stored(s3_bucket)
    found = stored_sides(stored.records())
    lost = 0
    for name, taken in answered.items():
        if len(taken) == 2 and taken[0][1] == taken[1][1]:
            assert found[name] == bodies(name, BOTH)
        else:
            # Its other half met no sink, or what waited for it was killed.
            lost += name not in found or len(found[name][0]) < len(taken)
            assert len(found.get(name, [])) <= 1
    assert lost <= CONNECTIONS
    assert len(found) > 2 * 300
    accounts = stored.accounts()
    assert sum(account.captured for account in accounts) == sum(map(len, found.values()))
    assert any(account.incomplete for account in accounts)


@pytest.mark.slow
def test_a_sink_picks_the_ids_that_a_gateway_picks(
    tmp_path: Path, served: Model, sink: Callable[..., SinkProcess]
) -> None:
    chance = random.Random(3)
    letters = "abcXYZ0189-_./:äß€😀"
    ids = [f"{number}" for number in range(500)]
    ids += ["".join(chance.choices(letters, k=chance.randrange(1, 60))) for _ in range(500)]
    folder = tmp_path / "gateway"
    folder.mkdir()
    share = {"percentage": 37.5}
    with gateway(folder, served.port, gateway_spec(sampling=share)) as envoy:
        send(envoy, ids)
        by_gateway = captured(envoy)
    running = sink(spec={"sampling": share, "capture": ["Input"]})
    assert post_all(running.port, [(name, "request") for name in ids]) == {200: len(ids)}
    assert running.end() == 0
    by_sink = {record["eventMetadata"]["inferenceId"] for record in running.records(0)}
    assert by_sink == by_gateway
    assert 300 < len(by_sink) < 450
