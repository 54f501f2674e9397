"""Reconciling DataCaptures."""

from model_monitor_operator.capture.reconcile import CaptureReconciler

__all__ = ["CaptureReconciler"]
