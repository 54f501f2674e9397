"""The objects that the stories begin with."""

from datetime import datetime
from typing import Any

from tests.operator.life.world import MONDAY, World

CAPTURE: dict[str, Any] = {
    "source": {"files": {"uri": "s3://models/churn/capture/", "format": "SageMakerCapture"}}
}
BASELINE: dict[str, Any] = {
    "dataset": {"uri": "s3://models/churn/training.csv", "format": "CSV"},
    "dataQuality": {},
    "output": {"uri": "s3://models/churn/monitoring/"},
}
SCHEDULE: dict[str, Any] = {
    "type": "DataQuality",
    "baselineRef": {"name": "churn"},
    "captureRef": {"name": "churn"},
    "schedule": "0 * * * *",
    "output": {"uri": "s3://models/churn/monitoring/"},
}


def a_world(now: datetime = MONDAY, **schedule: Any) -> World:
    """Return a world in which the schedule `hourly` is ready to run."""
    world = World(now)
    world.add("DataCapture", "churn", CAPTURE)
    world.add("Baseline", "churn", BASELINE)
    world.compute("churn")
    world.add("MonitoringSchedule", "hourly", {**SCHEDULE, **schedule})
    return world


def minute_name(world: World, stem: str = "hourly") -> str:
    """Return the name of the execution that is due now."""
    return f"{stem}-{int(world.now.timestamp()) // 60}"
