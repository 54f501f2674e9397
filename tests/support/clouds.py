"""The clouds' stores as fixtures."""

from collections.abc import Iterator

import pytest

from tests.support.azure import AzureServer, azure_server
from tests.support.cloud import CloudBucket
from tests.support.gcs import GcsServer, gcs_server


@pytest.fixture(scope="session")
def gcs() -> Iterator[GcsServer]:
    with gcs_server() as started:
        yield started


@pytest.fixture(scope="session")
def azure() -> Iterator[AzureServer]:
    with azure_server() as started:
        yield started


@pytest.fixture(params=["gs", "az"])
def cloud_bucket(request: pytest.FixtureRequest) -> CloudBucket:
    """Give a fresh bucket in each store in turn."""
    if request.param == "gs":
        gcs: GcsServer = request.getfixturevalue("gcs")
        return gcs.bucket()
    azure: AzureServer = request.getfixturevalue("azure")
    return azure.container()
