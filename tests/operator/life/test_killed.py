"""An operator that is killed at any step leaves nothing half done: the end is as if it had lived."""

from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from model_monitor_operator.cluster.backlog import Rest
from model_monitor_operator.naming import RUN_REQUEST
from model_monitor_operator.objects import Key
from tests.operator.life.manifests import BASELINE, CAPTURE, SCHEDULE, minute_name
from tests.operator.life.mortal import MortalWorld
from tests.operator.life.world import NAMESPACE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

KEY = Key("MonitoringSchedule", NAMESPACE, "hourly")
MOST_WRITES = 200


class HastyWorld(MortalWorld):
    """A world in which a status that may wait never gets its turn before its object is looked at anew."""

    dropped = 0

    def _later(self, rest: Rest) -> datetime | None:  # noqa: ARG002 - it is dropped
        self.dropped += 1
        return None


def live(world: MortalWorld) -> MortalWorld:
    """Tell a life with all that is made: a Baseline, windows by the CronJob and missed ones, a request."""
    world.add("DataCapture", "churn", CAPTURE)
    world.add("Baseline", "churn", BASELINE)
    world.add("MonitoringSchedule", "hourly", SCHEDULE)
    world.compute("churn")
    world.until("10:00")
    job, name = world.fire("hourly"), minute_name(world)
    world.finish(str(job), world.verdict(name, violations=2))
    world.until("11:10")
    missed = world.names("MonitoringExecution")[-1]
    world.finish(world.status("MonitoringExecution", missed)["job"], code=30)
    world.wait(minutes=2)
    world.finish(world.status("MonitoringExecution", missed)["job"], world.verdict(missed))
    world.client.change(KEY, metadata__annotations={RUN_REQUEST: "please"}, spec__minRecords=5)
    world.settle()
    (asked,) = (each for each in world.names("MonitoringExecution") if "-run-" in each)
    world.finish(world.status("MonitoringExecution", asked)["job"], world.verdict(asked))
    world.wait(minutes=1)
    return world


def end_of(world: MortalWorld) -> dict[str, Any]:
    """Return how everything ended, but for identities."""
    schedule = world.status("MonitoringSchedule", "hourly")
    return {
        "kinds": Counter(key.kind for key in world.client.things if key.kind != "Event"),
        "totals": schedule["totals"],
        "windows": sorted(entry["windowEnd"] for entry in schedule["history"]),
        "settled": schedule["settledUntil"],
        "conditions": [
            (each["type"], each["status"], each["reason"], each["message"]) for each in schedule["conditions"]
        ],
        "executions": {
            name: [
                world.status("MonitoringExecution", name).get(field)
                for field in ("state", "attempts", "window", "violations", "completionTime")
            ]
            for name in world.names("MonitoringExecution")
            if "-run-" not in name
        },
        "baseline": world.status("Baseline", "churn")["attempts"],
    }


def test_an_operator_killed_after_any_of_its_writes_and_started_anew_comes_to_the_same_end() -> None:
    undisturbed = live(MortalWorld(-1))
    wanted, writes = end_of(undisturbed), Counter(verb for verb, _ in undisturbed.client.writes)
    for nth in range(1, MOST_WRITES):
        world = live(MortalWorld(nth))
        assert world.mortal is not None
        if not world.mortal.killed:
            break
        assert end_of(world) == wanted, f"killed after write {nth}: {world.client.writes[-5:]}"
    assert 20 < nth < MOST_WRITES, f"all of {writes} were reached"


def test_what_is_looked_at_anew_before_its_status_was_written_comes_to_the_same_end() -> None:
    hasty = HastyWorld(-1)
    assert end_of(live(hasty)) == end_of(live(MortalWorld(-1)))
    assert hasty.dropped
