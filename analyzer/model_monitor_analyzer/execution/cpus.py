"""How many processors this process may use."""

import math
import os
from pathlib import Path

CGROUP_ROOT = Path("/sys/fs/cgroup")


def available_cpus(cgroup_root: Path = CGROUP_ROOT) -> int:
    """Return the processors this process may use: its affinity, cut to the container's quota, at least 1.

    Parameters
    ----------
    cgroup_root
        Where the control groups are mounted; within a container that is the container's own group.
    """
    granted = len(os.sched_getaffinity(0))
    quota = _quota(cgroup_root)
    return granted if quota is None else max(1, min(granted, math.ceil(quota)))


def _quota(root: Path) -> float | None:
    """Return the processors that the control group may use, from version 2 or 1 of the interface."""
    unified = _words(root / "cpu.max")
    if len(unified) == 2:
        return _share(*unified)
    quota, period = _words(root / "cpu" / "cpu.cfs_quota_us"), _words(root / "cpu" / "cpu.cfs_period_us")
    return _share(quota[0], period[0]) if quota and period else None


def _share(quota: str, period: str) -> float | None:
    """Return quota over period; `None` where the kernel writes "no limit" (`max`, or -1)."""
    if not (quota.isdigit() and period.isdigit()) or int(period) == 0:
        return None
    return int(quota) / int(period)


def _words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").split()
    except OSError:
        return []
