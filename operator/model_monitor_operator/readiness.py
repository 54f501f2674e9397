"""Whether the Baseline that a plan compares with has been computed."""

from model_monitor_api.contract.plan import AnalysisPlan
from model_monitor_api.v1alpha1.baseline import Baseline
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_operator.decision import Reader
from model_monitor_operator.typed import typed


def baseline_is_ready(schedule: MonitoringSchedule, plan: AnalysisPlan, reader: Reader) -> bool:
    """Return whether the Baseline is ready, by the very plan that a schedule's runs will look for."""
    thing = reader.get("Baseline", schedule.metadata.namespace, schedule.spec.baseline_ref.name)
    baseline = typed(Baseline, thing) if thing is not None else ()
    if isinstance(baseline, tuple) or plan.execution is None:
        return False
    ready = any(each.type == "Ready" and each.status == "True" for each in baseline.status.conditions)
    return ready and baseline.status.plan_digest == plan.execution.baseline.digest
