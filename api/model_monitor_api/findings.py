"""The problems of one object, collected: its rules, and checks of single fields that no schema can make."""

from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from pydantic.alias_generators import to_camel

from model_monitor_api.cron import Schedule
from model_monitor_api.cron_fields import CronError
from model_monitor_api.durations import DurationError, parse_duration
from model_monitor_api.objects import Kind, subject_of
from model_monitor_api.problems import Problem, shown
from model_monitor_api.references import References, scripts_of
from model_monitor_api.rules.check import check_rules
from model_monitor_api.timezones import TimeZoneError, time_zone
from model_monitor_api.uritemplates import UriTemplateError, placeholders
from model_monitor_api.v1alpha1.columns import Columns
from model_monitor_api.v1alpha1.dataset import GroundTruth
from model_monitor_api.v1alpha1.workload import PodTemplate, Scripts

Thing = TypeVar("Thing")

_SOME_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""A schedule that has no fire in the five years after any time has practically none."""


class Findings:
    """Collects the problems of one object."""

    def __init__(self, owner: Kind) -> None:
        self._subject = subject_of(owner)
        self._problems = list(check_rules(owner))

    def problems(self) -> tuple[Problem, ...]:
        """Return what was collected."""
        return tuple(self._problems)

    def add(self, field: str, message: str, value: object = None, remedy: str = "") -> None:
        """Add a problem."""
        text = "" if value is None else shown(value)
        self._problems.append(Problem(self._subject, message, field, text, remedy))

    def resolved(self, reference: Thing | Problem) -> Thing | None:
        """Return what a reference leads to; where it leads nowhere, keep the problem."""
        if isinstance(reference, Problem):
            self._problems.append(reference)
            return None
        return reference

    def duration(
        self, field: str, text: str, *, positive: bool = False, longest: timedelta | None = None
    ) -> None:
        """Check a duration beyond its pattern."""
        try:
            length = parse_duration(text)
        except DurationError as error:
            self.add(field, "must be a duration", remedy=str(error))
            return
        if positive and not length:
            self.add(field, "must be more than zero", text)
        if longest is not None and length > longest:
            self.add(field, f"must be at most {longest.total_seconds():.0f} seconds", text)

    def schedule(self, schedule: str, zone: str) -> None:
        """Check a cron expression and its time zone."""
        try:
            place = time_zone(zone)
        except TimeZoneError as error:
            self.add("spec.timeZone", "must be the IANA name of a time zone", remedy=str(error))
            place = None
        try:
            fire = Schedule.parse(schedule).next(_SOME_TIME, place or UTC)
        except CronError as error:
            self.add("spec.schedule", "must be a schedule as a CronJob takes it", remedy=str(error))
            return
        if fire is None:
            self.add("spec.schedule", "must be due at some time", schedule, "no date matches all its fields")

    def template(self, field: str, uri: str) -> None:
        """Check a location that may have placeholders of time."""
        try:
            placeholders(uri)
        except UriTemplateError as error:
            self.add(field, str(error), uri)

    def plain_uri(self, field: str, uri: str) -> None:
        """Check a location that may have none."""
        if "{" in uri or "}" in uri:
            self.add(field, "must not have placeholders or braces", uri)

    def ground_truth(self, truth: GroundTruth | None) -> None:
        """Check where labels come from."""
        if truth is not None:
            where = "spec.groundTruth"
            self.template(f"{where}.uri", truth.uri)
            self.duration(f"{where}.startOffset", truth.start_offset)
            self.duration(f"{where}.endOffset", truth.end_offset)

    def scripts(self, scripts: Scripts | None, references: References) -> None:
        """Check that scripts are there."""
        for field, script in scripts_of(scripts):
            self.resolved(references.script(script, field))

    def pods(self, field: str, template: PodTemplate) -> None:
        """Check what a schema leaves to Kubernetes, but the project does not allow."""
        for index, volume in enumerate(template.volumes):
            if "hostPath" in volume:
                where = f"{field}.volumes[{index}]"
                self.add(where, "must not be a `hostPath` volume", remedy="use a PersistentVolumeClaim")

    def columns(self, columns: Columns) -> None:
        """Check that no column has two roles."""
        roles: dict[str, str] = {}
        for role in ("timestamp", "prediction", "probability", "label", "cluster_key"):
            name = getattr(columns, role)
            field = to_camel(role)
            if name is not None and name in roles and role != "cluster_key":
                self.add(f"spec.columns.{field}", f"must differ from `{roles[name]}`", name)
            if name is not None:
                roles.setdefault(name, field)
        for index, name in enumerate(columns.features or []):
            if name in columns.exclude or (name in roles and roles[name] != "clusterKey"):
                other = roles.get(name, "exclude")
                self.add(f"spec.columns.features[{index}]", f"must not be in `{other}` too", name)
        names = columns.names or []
        for index, name in enumerate(names):
            if name in names[:index]:
                self.add(f"spec.columns.names[{index}]", "must not occur twice", name)
