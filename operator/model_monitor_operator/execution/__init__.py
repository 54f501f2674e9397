"""Reconciling MonitoringExecutions: one window, by the Job of a CronJob or by Jobs of its own."""

from model_monitor_operator.execution.reconcile import ExecutionReconciler

__all__ = ["ExecutionReconciler"]
