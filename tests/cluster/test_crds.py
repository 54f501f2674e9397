"""The API server's own judgement of the CRDs, the examples and invalid manifests."""

import json
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cluster")]

EVERY_FIELD = sorted(Path("docs/reference/every-field").glob("*.yaml"))
CRDS = sorted(Path("crds").glob("*.yaml"))


def test_every_schema_is_structural(cluster: Cluster) -> None:
    found = json.loads(cluster.run("get", "crd", "-o", "json").stdout)["items"]
    assert len(found) == len(CRDS) == 4
    for crd in found:
        problems = [c for c in crd["status"]["conditions"] if c["type"] == "NonStructuralSchema"]
        assert not problems, problems


def test_every_kind_stays_small_enough_for_client_side_apply() -> None:
    assert {crd.name: crd.stat().st_size for crd in CRDS if crd.stat().st_size >= 200_000} == {}


@pytest.fixture(scope="module")
def models(cluster: Cluster) -> None:
    """Make the namespace that the examples name."""
    cluster.kubectl(
        "apply", "-f", "-", document="{apiVersion: v1, kind: Namespace, metadata: {name: models}}"
    )


@pytest.mark.parametrize("example", EVERY_FIELD, ids=lambda path: path.stem)
def test_the_server_keeps_every_field(cluster: Cluster, models: None, example: Path) -> None:
    """Strict validation refuses a field that the schema does not know, so none can be pruned unnoticed."""
    applied = cluster.run(
        "apply", "--server-side", "--validate=strict", "--dry-run=server", "-f", str(example)
    )
    assert applied.returncode == 0, applied.stderr


def test_the_quickstart_is_accepted_and_listed(cluster: Cluster) -> None:
    manifests = "examples/quickstart/manifests/"
    applied = cluster.run("apply", "--server-side", "--validate=strict", "-f", manifests)
    assert applied.returncode == 0, applied.stderr
    listed = cluster.run("get", "model-monitor").stdout
    assert "credit-risk-data-quality" in listed
    assert "10 * * * *" in listed
    before = json.loads(cluster.run("get", "mms", "credit-risk-data-quality", "-o", "json").stdout)[
        "metadata"
    ]
    cluster.run("apply", "--server-side", "-f", manifests)
    after = json.loads(cluster.run("get", "mms", "credit-risk-data-quality", "-o", "json").stdout)["metadata"]
    assert (before["generation"], before["resourceVersion"]) == (
        after["generation"],
        after["resourceVersion"],
    )
