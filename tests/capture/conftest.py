"""Fixtures of the capture tests."""

from collections.abc import Iterator

import pytest

from tests.capture.model import Model, model
from tests.support.s3 import s3_bucket, s3_checks_credentials, s3_endpoint

__all__ = ["s3_bucket", "s3_checks_credentials", "s3_endpoint"]


@pytest.fixture(scope="session")
def served() -> Iterator[Model]:
    """Give one model server to all tests."""
    with model() as started:
        yield started
