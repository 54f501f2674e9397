"""What scaled-out runs of an object need besides their Jobs, where it is not there yet."""

from datetime import datetime

from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_api.v1alpha1.workload import Scale
from model_monitor_operator.build.certificates import make_certificates
from model_monitor_operator.build.scale import (
    build_certificates_secret,
    build_workers_service,
    workers_hosts,
)
from model_monitor_operator.decision import Reader
from model_monitor_operator.naming import workers_name
from model_monitor_operator.objects import Object
from model_monitor_operator.ownership import is_controlled_by, owner_of
from model_monitor_operator.settings import Settings


def scale_of(schedule: MonitoringSchedule) -> Scale | None:
    """Return how the runs of a schedule are scaled out; an image of one's own is one process."""
    return None if schedule.spec.analyzer is not None else schedule.spec.scale


def missing_support(
    thing: Object, scale: Scale | None, settings: Settings, reader: Reader, now: datetime
) -> tuple[Object, ...]:
    """Return the Secret and the Service of an object's scaled-out runs, in this order, if there is none.

    The operator may not read Secrets: where the Service is, the Secret was made before it. A Service of
    somebody else is a name that is taken.
    """
    if scale is None or scale.workers is None:
        return ()
    owner, namespace = owner_of(thing), thing["metadata"]["namespace"]
    service = reader.fetch("Service", namespace, workers_name(owner.kind, owner.name))
    if service is not None and is_controlled_by(service, thing):
        return ()
    certificates = make_certificates(workers_hosts(owner, namespace, settings), now)
    return (
        build_certificates_secret(owner, namespace, certificates),
        build_workers_service(owner, namespace),
    )
