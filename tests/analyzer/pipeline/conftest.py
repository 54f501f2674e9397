from collections.abc import Iterator
from pathlib import Path

import pytest

from model_monitor_analyzer.pipeline.context import Context
from tests.support.project import Project
from tests.support.runs import context
from tests.support.s3 import s3_bucket, s3_checks_credentials, s3_endpoint
from tests.support.traffic import write_traffic

__all__ = ["s3_bucket", "s3_checks_credentials", "s3_endpoint"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    found = Project(tmp_path)
    write_traffic(found)
    return found


@pytest.fixture
def surroundings() -> Iterator[Context]:
    with context() as found:
        yield found
