import os
from pathlib import Path

import pytest

from model_monitor_analyzer.execution.cpus import available_cpus

GRANTED = len(os.sched_getaffinity(0))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("limit", "cpus"),
    [
        ("100000 100000\n", 1),
        ("50000 100000\n", 1),
        ("110000 100000\n", min(2, GRANTED)),
        ("99900000 100000\n", GRANTED),
        ("max 100000\n", GRANTED),
        ("100000 0\n", GRANTED),
        ("garbage\n", GRANTED),
    ],
)
def test_a_quota_of_the_container_counts(tmp_path: Path, limit: str, cpus: int) -> None:
    write(tmp_path / "cpu.max", limit)
    assert available_cpus(tmp_path) == cpus


@pytest.mark.parametrize(("quota", "cpus"), [("100000", 1), ("-1", GRANTED)])
def test_the_older_interface_counts_too(tmp_path: Path, quota: str, cpus: int) -> None:
    write(tmp_path / "cpu" / "cpu.cfs_quota_us", f"{quota}\n")
    write(tmp_path / "cpu" / "cpu.cfs_period_us", "100000\n")
    assert available_cpus(tmp_path) == cpus


def test_without_control_groups_the_affinity_decides(tmp_path: Path) -> None:
    assert available_cpus(tmp_path / "none") == GRANTED
