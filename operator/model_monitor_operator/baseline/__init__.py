"""Reconciling Baselines: one Job for each plan, tried again until its result is there."""

from model_monitor_operator.baseline.reconcile import BaselineReconciler

__all__ = ["BaselineReconciler"]
