"""Tests that wait most of the time, and so are run at once: each has a namespace of its own."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.cluster.acted_node import ActedNode
from tests.cluster.control_plane import ControlPlane
from tests.cluster.faults.models import Models
from tests.cluster.faults.operator_process import OperatorProcess

Body = Callable[["Scene"], None]
"""What a test does in its scene."""


class Scene(Models):
    """A namespace with an operator: the one that all scenes share, or operators of its own."""

    def __init__(
        self, cluster: ControlPlane, node: ActedNode, namespace: str, shared: OperatorProcess, home: Path
    ) -> None:
        super().__init__(cluster, node, namespace)
        self.control_plane = cluster
        home.mkdir(parents=True)
        self.home = home
        self.operator = shared
        self._count = itertools.count(1)
        self._ending = ExitStack()

    def new_operator(self, kubeconfig: Path | None = None, **settings: Any) -> OperatorProcess:
        """Return an operator of the scene's own, which is not started yet."""
        home = self.home / f"operator-{next(self._count)}"
        kubeconfig = kubeconfig or self.cluster.kubeconfig
        self.operator = OperatorProcess(home, kubeconfig, [self.namespace], **settings)
        self._ending.callback(self.operator.process.stop)
        return self.operator

    def end_with(self, callback: Callable[[], object]) -> None:
        """Have something done at the end."""
        self._ending.callback(callback)

    def close(self) -> None:
        """End the operators."""
        self._ending.close()


def together(body: Body, *, shared: bool = True) -> Callable[["Company"], None]:
    """Make a test of a body, to be run at once with all others of its kind.

    Parameters
    ----------
    body
        The test.
    shared
        Whether the operator that all share looks after its scene.
    """

    def test(company: Company) -> None:
        company.result(test)

    test.__name__, test.__doc__, test.__module__ = body.__name__, body.__doc__, body.__module__
    test.body, test.shared = body, shared  # type: ignore[attr-defined]
    return test


def with_own_operators(body: Body) -> Callable[["Company"], None]:
    """Make a test of a body that starts operators of its own, to be run at once with all others."""
    return together(body, shared=False)


class Company:
    """All tests that are run at once, begun when the first of them is asked for.

    Parameters
    ----------
    tests
        What `together` has made.
    start
        Runs bodies until its context ends.
    """

    def __init__(self, tests: list[Any], start: Callable[[list[Any]], Any]) -> None:
        self._tests = tests
        self._start = start
        self._stack = ExitStack()
        self._told: Mapping[Any, Future[None]] = {}

    def result(self, test: Any) -> None:
        """Wait for a test and raise what it raised."""
        if not self._told:
            self._told = self._stack.enter_context(self._start(self._tests))
        self._told[test].result()

    def wait(self) -> None:
        """Wait until nobody is busy: what comes next disturbs everybody."""
        wait(self._told.values())

    def end(self) -> None:
        """End what they share."""
        self._stack.close()


@contextmanager
def told_at_once(
    tests: list[Any], cluster: ControlPlane, node: ActedNode, home: Path
) -> Iterator[Mapping[Any, "Future[None]"]]:
    """Run tests at once, with an operator for those that share one; it must not have been at a loss."""
    with ExitStack() as stack:
        names = {test: stack.enter_context(cluster.temporary_namespace("fault")) for test in tests}
        watched = [names[test] for test in tests if test.shared]
        shared = OperatorProcess(home / "shared", cluster.kubeconfig, watched or ["nobody"], workers=8)
        stack.callback(shared.process.stop)
        shared.start()
        pool = stack.enter_context(ThreadPoolExecutor(len(tests)))

        def run(test: Any) -> None:
            scene = Scene(cluster, node, names[test], shared, home / names[test])
            try:
                test.body(scene)
            finally:
                scene.close()

        yield {test: pool.submit(run, test) for test in tests}
        pool.shutdown()
        assert unforeseen(shared) == 0, shared.process.tail(100)


def unforeseen(operator: OperatorProcess) -> float:
    """Return how many reconciles ended by an error that nobody foresaw."""
    return sum(
        value
        for name, value in operator.metrics().items()
        if name.startswith("model_monitor_reconcile_total") and 'outcome="unforeseen"' in name
    )
