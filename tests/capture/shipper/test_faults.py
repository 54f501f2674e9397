"""Faults while requests come: each is answered as without capture, and no record is lost unsaid."""

import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from model_monitor_capture.gateway.facts import FLUSH_MILLISECONDS
from tests.capture.envoy import spec, wait_for
from tests.capture.load import NO_ANSWER, Traffic
from tests.capture.shipper.scene import FAILED, RECORDS, assert_nothing_is_lost, scene
from tests.support.parts import missing
from tests.support.s3 import checks_credentials

pytestmark = pytest.mark.slow

OUTAGE_SECONDS = 120
LATE_SECONDS = 2
"""How much later than wanted a loaded machine may let Envoy write."""


def test_two_minutes_without_a_store_lose_nothing_though_shipper_and_settings_change(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        here.take_store()
        gone = time.monotonic()
        here.shipping.wait_for_metric(FAILED % "StoreUnreachable", 1)
        here.traffic.wait_for_more()
        here.kill_shipper()
        here.gateway.configure(spec(maxBodyBytes=100))
        here.shipping.wait_for_metric(FAILED % "StoreUnreachable", 1)
        here.shipping.change(flushInterval="300ms")
        wait_for(lambda: "other settings are in force" in here.shipping.log, "the other settings")
        time.sleep(gone + OUTAGE_SECONDS - time.monotonic())
        assert here.shipping.metric(RECORDS) == 0
        here.bring_store()
        here.wait_for_records()
        here.traffic.wait_for_more()
        stored = here.end()
        assert here.traffic.statuses().keys() == {200}
        assert here.traffic.differing() == []
        assert_nothing_is_lost(here.traffic, stored)


def test_a_store_that_refuses_credentials_loses_nothing_though_the_shipper_is_killed(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        with checks_credentials(here.endpoint):
            here.shipping.wait_for_metric(FAILED % "OutputNotWritable", 1)
            here.kill_shipper()
            here.shipping.wait_for_metric(FAILED % "OutputNotWritable", 2)
            here.traffic.wait_for_more()
        here.wait_for_records()
        here.kill_shipper()
        here.wait_for_records()
        stored = here.end()
        assert here.traffic.statuses().keys() == {200}
        assert here.traffic.differing() == []
        assert_nothing_is_lost(here.traffic, stored)


def test_a_full_spool_drops_what_it_counts_and_nothing_else(tmp_path: Path) -> None:
    budget = 1_048_576
    dropped = 'model_monitor_capture_dropped_total{reason="paused"}'
    with scene(tmp_path, spoolBytes=budget) as here:
        here.take_store()
        here.shipping.wait_for_metric(dropped, 100)
        assert here.shipping.metric("model_monitor_capture_spool_bytes") < budget
        here.kill_shipper()
        here.shipping.wait_for_metric(dropped, 100)
        here.bring_store()
        wait_for(lambda: here.shipping.metric("model_monitor_capture_paused") == 0, "the end of the pause")
        here.wait_for_records()
        here.traffic.wait_for_more()
        stored = here.end()
        ids, accounts, answers = stored.ids(), stored.accounts(), here.traffic.answers
        assert here.traffic.statuses().keys() == {200}
        assert here.traffic.differing() == []
    assert set(ids.values()) == {1}
    assert ids.keys() < answers.keys()
    assert sum(one.captured for one in accounts) == len(ids)
    assert sum(one.dropped for one in accounts) == len(answers) - len(ids)
    assert sum(one.seen for one in accounts) == len(answers)
    assert not any(one.incomplete for one in accounts)


def test_a_disk_without_space_costs_what_is_missing_from_the_account_and_nothing_else(tmp_path: Path) -> None:
    """Here it fills before the budget is spent, as when others fill it."""
    with small_disk(tmp_path / "gateway") as disk, scene(tmp_path) as here:
        here.take_store()
        wait_for(lambda: shutil.disk_usage(disk).free == 0, "a full disk")
        here.traffic.wait_for_more()
        here.bring_store()
        wait_for(lambda: shutil.disk_usage(disk).free > 0, "space", 120)
        here.wait_for_records()
        here.traffic.wait_for_more()
        stored = here.end()
        ids, accounts, answers = stored.ids(), stored.accounts(), here.traffic.answers
        assert here.traffic.statuses().keys() == {200}
        assert here.traffic.differing() == []
    assert set(ids.values()) == {1}
    assert ids.keys() < answers.keys()
    assert sum(one.captured for one in accounts) == len(ids)
    assert sum(one.seen for one in accounts) == len(answers)
    assert any(one.incomplete for one in accounts)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Give a folder with room for a mebibyte."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.getuid() or subprocess.run(mount, check=False).returncode:
        missing("a full disk, for which the test must be allowed to mount one")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_killed_envoy_costs_the_records_of_its_last_flush_interval_and_says_so(tmp_path: Path) -> None:
    """Envoy is killed three times, the last time together with the shipper, and started as kubelet does."""
    outages = []
    with scene(tmp_path) as here:
        for number in range(3):
            before = time.monotonic()
            here.gateway.kill()
            if number == 2:
                here.kill_shipper()
            here.gateway.start()
            outages.append((before, time.monotonic()))
            here.traffic.wait_for_more()
            here.wait_for_records()
        stored = here.end()
        ids, accounts, traffic = stored.ids(), stored.accounts(), here.traffic
    answered = {name for name, answer in traffic.answers.items() if answer.status == 200}
    assert set(ids.values()) == {1}
    assert ids.keys() <= traffic.answers.keys()
    for name in answered - ids.keys():
        assert any(
            kill - FLUSH_MILLISECONDS / 1000 - LATE_SECONDS < traffic.spans[name].end <= start
            for kill, start in outages
        ), "a record is lost that was older than the flush interval"
    assert traffic.statuses().keys() == {200, 0}
    assert {traffic.answers[name] for name in traffic.differing()} == {NO_ANSWER}
    for name in traffic.differing():
        span = traffic.spans[name]
        assert any(span.begin <= start and span.end >= kill for kill, start in outages)
    assert sum(one.captured for one in accounts) == len(ids)
    assert all(one.incomplete for one in accounts)


def test_a_model_that_goes_away_fails_as_it_would_without_capture_and_is_recorded(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        for _ in range(2):
            here.take_model()
            here.traffic.wait_for_more()
            here.bring_model()
            here.traffic.wait_for_more()
        wait_for(lambda: list(here.traffic.answers.values())[-1].status == 200, "the model")
        stored = here.end()
        assert here.traffic.statuses().keys() == {200, 503}
        # The same request of a client meets the model by one way and not by the other when it comes or goes.
        assert len(here.traffic.differing()) <= 4 * Traffic.CLIENTS
        assert_nothing_is_lost(here.traffic, stored)
        statuses = {name: answer.status for name, answer in here.traffic.answers.items()}
        found = [one["eventMetadata"] for one in stored.records()]
    assert {one["inferenceId"]: one["statusCode"] for one in found} == statuses
    assert Counter(statuses.values())[503] > 100
