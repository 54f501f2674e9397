"""An operator waits for its kinds, and ends if one is taken away: who starts it anew resumes."""

import pytest

from model_monitor_operator.cluster.operator import OWN_KINDS
from tests.cluster.binaries import BinariesMissingError
from tests.cluster.control_plane import control_plane
from tests.cluster.waiting import wait_for
from tests.operator.cluster.running import build, running
from tests.operator.cluster.toy import Toy, capture
from tests.support.parts import missing

pytestmark = pytest.mark.slow

CRD = "datacaptures.modelmonitor.dev"


def test_kinds_may_come_late_and_go() -> None:
    try:
        with control_plane() as cluster:
            operator = build(cluster.kubeconfig, Toy())
            with running(operator, status=1, ready=False):
                wait_for(lambda: "does not serve" in str(operator.unreadiness()), 60)
                problem = str(operator.unreadiness())
                assert all(kind in problem for kind in OWN_KINDS)
                assert "kubectl apply --server-side -f crds/" in problem
                assert operator.illness() is None
                cluster.install_kinds()
                wait_for(lambda: operator.unreadiness() is None, 60, "a ready operator")
                captures = cluster.resource("modelmonitor.dev/v1alpha1", "datacaptures", "default")
                captures.create(capture("a", "default"))
                wait_for(lambda: captures.get("a").get("status"), 60)
                definitions = cluster.resource("apiextensions.k8s.io/v1", "customresourcedefinitions")
                definitions.delete(CRD)
    except BinariesMissingError as problem:
        missing(str(problem))
