from pathlib import Path

import pytest

from tests.support.project import Project, baseline, capture, schedule
from tests.support.traffic import write_traffic


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Training data, a day of traffic, and the three manifests for them."""
    found = Project(tmp_path)
    write_traffic(found)
    found.write_manifests(baseline("file://./train.csv"), capture("file://./capture/"), schedule())
    return found
