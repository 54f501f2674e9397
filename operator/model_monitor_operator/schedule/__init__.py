"""Reconciling MonitoringSchedules: a CronJob, an execution for every window, and what they add up to."""

from model_monitor_operator.schedule.reconcile import ScheduleReconciler

__all__ = ["ScheduleReconciler"]
