"""Which reconcile is for which kind."""

from collections.abc import Mapping
from typing import Any, Final

from model_monitor_operator.decision import Reconciler

RECONCILERS: Final[Mapping[str, Reconciler[Any, Any]]] = {}
"""Reconcilers by kind; an object of a kind without one is only looked at."""
