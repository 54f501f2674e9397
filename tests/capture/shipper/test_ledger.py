"""Accounts of hours."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from model_monitor_capture.shipper.ledger import Ledger, load, save

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_counts_go_to_the_hour_of_invocation_also_past_midnight() -> None:
    ledger = Ledger()
    midnight = datetime(2026, 2, 1, 0, 0, 1, tzinfo=UTC)
    ledger.observe(midnight, "a", {("captured", 23): 5, ("paused", 0): 2, ("unsampled", 0): 9})
    assert {begin.hour: (hour.logged, hour.paused) for begin, hour in ledger.hours.items()} == {
        23: (5, 0),
        0: (0, 2),
    }
    assert min(ledger.hours) == datetime(2026, 1, 31, 23, tzinfo=UTC)


def test_an_hour_whose_records_are_all_stored_is_complete() -> None:
    ledger = Ledger()
    assert ledger.observe(NOON + HOUR, "a", {("captured", 12): 10, ("paused", 12): 3}) == 3
    ledger.hour(NOON).stored = 10
    [account] = ledger.unpublished("pod", NOON + HOUR)
    assert (account.seen, account.captured, account.dropped, account.incomplete) == (13, 10, 3, False)
    ledger.publish(account)
    assert ledger.unpublished("pod", NOON + HOUR) == []
    ledger.hour(NOON).stored += 1  # a request that took its time
    assert [late.captured for late in ledger.unpublished("pod", NOON + HOUR)] == [11]


def test_records_that_were_counted_and_never_came_make_an_hour_incomplete() -> None:
    ledger = Ledger()
    ledger.observe(NOON + HOUR, "a", {("captured", 12): 10})
    ledger.hour(NOON).stored = 8
    [account] = ledger.unpublished("pod", NOON + HOUR)
    assert (account.seen, account.captured, account.incomplete) == (10, 8, True)


def test_an_envoy_that_began_anew_makes_the_hours_since_it_was_seen_incomplete() -> None:
    ledger = Ledger()
    ledger.observe(NOON, "a", {("captured", 12): 10})
    ledger.observe(NOON + HOUR, "b", {("captured", 13): 4})
    assert ledger.hour(NOON).incomplete
    assert ledger.hour(NOON + HOUR).incomplete
    assert (ledger.hour(NOON).logged, ledger.hour(NOON + HOUR).logged) == (10, 4)
    ledger.observe(NOON + 2 * HOUR, "b", {("captured", 13): 4, ("captured", 14): 1})
    assert not ledger.hour(NOON + 2 * HOUR).incomplete


def test_a_ledger_is_kept_over_a_restart_and_counts_on(tmp_path: Path) -> None:
    ledger = Ledger()
    ledger.observe(NOON, "a", {("captured", 12): 10})
    ledger.done.append("closed-1.jsonl")
    save(ledger, tmp_path / "ledger.json")
    again = load(tmp_path / "ledger.json")
    assert again == ledger
    again.observe(NOON, "a", {("captured", 12): 12})
    assert again.hour(NOON).logged == 12


def test_a_ledger_that_can_not_be_read_is_begun_anew(tmp_path: Path) -> None:
    for text in ("", "{", "[]", '{"hours": 1}', '{"hours": {}, "observed": null, "x": 1}'):
        (tmp_path / "ledger.json").write_text(text)
        assert load(tmp_path / "ledger.json") == Ledger()


def test_hours_are_forgotten_two_days_after_they_were_published() -> None:
    ledger = Ledger()
    for begin in (NOON, NOON + HOUR, NOON + 40 * HOUR):
        ledger.hour(begin).stored = 1
    for account in ledger.unpublished("pod", NOON + HOUR):
        ledger.publish(account)
    ledger.forget(NOON + 50 * HOUR)
    assert list(ledger.hours) == [NOON + HOUR, NOON + 40 * HOUR]
