"""Fixtures of the proof: the chart installed as people install it, and the bank's data in a store."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cluster import images
from tests.cluster.end_to_end.bank import PATIENCE, QUICKSTART, YEARLY, Bank, traffic_end, upload
from tests.cluster.helm import CHART, helm
from tests.cluster.node import NodeCluster
from tests.support.s3 import S3Bucket, make_bucket

SYSTEM = "model-monitor-system"


class Traffic(NamedTuple):
    """Two days of the bank's traffic in a bucket.

    Attributes
    ----------
    bucket
        Holds it, with the training data.
    end
        When it ends: a full hour that is still to come.
    """

    bucket: S3Bucket
    end: datetime


@pytest.fixture(scope="package")
def operator(node_cluster: NodeCluster) -> Iterator[NodeCluster]:
    """A cluster with the chart installed by Helm, its operator ready, in all namespaces."""
    with helm(node_cluster) as run:
        place = ("--namespace", SYSTEM)
        # The cluster's other tests have made the kinds without Helm.
        options = ("--create-namespace", "--take-ownership", "--wait", "--timeout", "170s", "-f", "-")
        run(
            "install", "model-monitor", str(CHART), *place, *options, values=json.dumps(images.chart_values())
        )
        yield node_cluster
        run("uninstall", "model-monitor", *place)


@pytest.fixture(scope="package")
def traffic(node_s3_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Traffic:
    """The data that the quickstart's own generator makes, up to the next hours."""
    folder: Path = tmp_path_factory.mktemp("traffic")
    end = traffic_end()
    command = [sys.executable, str(QUICKSTART / "generate.py"), "--output", str(folder)]
    subprocess.run([*command, "--end", end.isoformat()], check=True, capture_output=True, timeout=300)
    bucket = make_bucket(node_s3_endpoint)
    upload(bucket, folder)
    return Traffic(bucket, end)


@pytest.fixture(scope="package")
def bank(operator: NodeCluster, traffic: Traffic, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """A namespace of restricted pods with a Baseline that is computed, and a schedule that does not fire."""
    with operator.temporary_namespace("bank") as namespace:
        operator.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
        found = Bank(operator, namespace, traffic.bucket, traffic.end)
        operator.kubectl("apply", "-k", str(found.overlay(tmp_path_factory.mktemp("overlay"), YEARLY)))
        found.wait_ready("Baseline", "credit-risk", "Computed", PATIENCE)
        yield found
