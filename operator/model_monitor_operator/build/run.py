"""All that the pods of one run follow from."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from model_monitor_api.v1alpha1.baseline import Baseline
from model_monitor_api.v1alpha1.monitoringexecution import Window
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_api.v1alpha1.workload import JobSettings, PodTemplate
from model_monitor_operator.build.plan import RenderedPlan
from model_monitor_operator.build.pod_template import merge_templates, without_mesh
from model_monitor_operator.build.reach import Reach, reach_of
from model_monitor_operator.ownership import Owner
from model_monitor_operator.settings import Settings

JOB_NAME: Final = "$(MODEL_MONITOR_JOB_NAME)"
"""Stands for the name of the Job in arguments; a CronJob's Jobs have theirs only once they are made."""


@dataclass(frozen=True)
class Run:
    """One run, or all runs that a CronJob begins."""

    thing: Baseline | MonitoringSchedule
    """What is run."""

    owner: Owner
    """Whom the Job belongs to, or the CronJob."""

    rendered: RenderedPlan
    """The plan."""

    settings: Settings
    """What the installation decides."""

    window_arguments: tuple[str, ...] = ()
    """Arguments that tell the analyzer its window."""

    window: Window | None = None
    """The window, where it is known before the pod begins."""

    @property
    def job(self) -> JobSettings:
        """Return what is settable of the run."""
        return self.thing.spec.job

    @property
    def image(self) -> str:
        """Return the analyzer's image."""
        return self.job.image or self.settings.analyzer_image

    @cached_property
    def template(self) -> PodTemplate:
        """Return what is said of the pods, by the installation and the object."""
        return without_mesh(merge_templates(self.settings.pod_defaults, self.thing.spec.pod_template))

    @cached_property
    def reach(self) -> Reach:
        """Return what the pods must be able to reach."""
        return reach_of(self.rendered.plan)
