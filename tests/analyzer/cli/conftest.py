from pathlib import Path

import pytest

from tests.support.project import Project, baseline, capture, schedule
from tests.support.s3 import s3_bucket, s3_checks_credentials, s3_endpoint
from tests.support.traffic import write_traffic

__all__ = ["project", "s3_bucket", "s3_checks_credentials", "s3_endpoint"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Training data, a day of traffic, and the three manifests for them."""
    found = Project(tmp_path)
    write_traffic(found)
    found.write_manifests(baseline("file://./train.csv"), capture("file://./capture/"), schedule())
    return found
