"""Labels, annotations and the names of what is made: the one place that knows them."""

import hashlib
from typing import Final

from model_monitor_api.meta import GROUP
from model_monitor_api.names import CRON_JOB_NAME_LIMIT, LABEL_VALUE_LIMIT, bounded_name

FIELD_MANAGER: Final = "model-monitor"
"""Who server-side apply says has set a field."""

MANAGED_BY: Final = "app.kubernetes.io/managed-by"
MANAGER: Final = "model-monitor"
"""Value of `MANAGED_BY` on everything that the operator makes; watches select by it."""

COMPONENT: Final = "app.kubernetes.io/component"
OWNER_KIND: Final = f"{GROUP}/owner-kind"
OWNER_NAME: Final = f"{GROUP}/owner-name"
"""Label for people and selectors. What belongs to whom is decided by owner references alone."""

RUN_REQUEST: Final = f"{GROUP}/run-requested-at"
"""Annotation by which a person asks a schedule or a Baseline to run now; read, never written."""

TRIGGER: Final = f"{GROUP}/trigger"
"""Label of an execution that the operator made: why."""

RUN_REQUEST_TOKEN: Final = f"{GROUP}/run-request"
"""Annotation of an execution that answers a run-now request: its token."""

PLAN_DIGEST: Final = f"{GROUP}/plan-digest"
"""Annotation of a Job: digest of its plan, by which its run's id is known."""

PLAN_NAME: Final = f"{GROUP}/plan"
"""Annotation of a Job: name of the ConfigMap with its plan."""

ATTEMPT: Final = f"{GROUP}/attempt"
"""Label of a Job: which attempt of its owner it is, from 1."""

APPLIED: Final = f"{GROUP}/applied"
"""Annotation of an object that is kept by server-side apply: digest of what it shall be."""

MAIN_CONTAINER: Final = "analyzer"
"""Container whose exit code and termination message are the run's."""

FETCH_CONTAINER: Final = "fetch"
"""Container that fetches what a custom analyzer reads; where it fails, the main container never starts."""

CUSTOM_CONTAINER: Final = "custom"
"""Container of a custom analyzer."""

PREDICTOR_CONTAINER: Final = "predictor"
"""Container of a model server that runs beside the analyzer."""

SCALE_OUT: Final = f"{GROUP}/scale-out"
"""Label of the pods of a scaled-out run: name of the Service that finds them."""

GATEWAY_CONTAINER: Final = "gateway"
"""Container of a capture gateway's Envoy."""

SINK_CONTAINER: Final = "sink"
"""Container that takes a payload logger's events, in a gateway's place."""

SHIPPER_CONTAINER: Final = "shipper"
"""Container that brings a gateway's records into the store."""

CONFIGURATION: Final = f"{GROUP}/configuration"
"""Annotation of a gateway's pods: name of the ConfigMap that they run by."""

SHAPE: Final = f"{GROUP}/shape"
"""Annotation of a gateway's Deployment: digest of its pods as they shall be, images aside."""

ROLL_OUT_REQUEST: Final = f"{GROUP}/roll-out-requested-at"
"""Annotation by which a person asks a DataCapture to replace its pods now; read, never written."""

ROLL_OUT: Final = f"{GROUP}/roll-out"
"""Annotation of a gateway's pods: digest of the roll-out request that they answer."""

_POD: Final = len("-0123456789-abcde")
"""Characters that a Deployment adds to its name for the hosts that its pods are."""

_INDEX: Final = len("-256")
"""Characters that an Indexed Job adds to its name for the hosts that its pods are."""

_SHORT: Final = {
    "MonitoringSchedule": "mms",
    "Baseline": "mmbl",
    "MonitoringExecution": "mmx",
    "DataCapture": "mmdc",
}
"""Short names of the kinds; what is made for objects of different kinds never has one name."""


def labels_for(kind: str, name: str, component: str) -> dict[str, str]:
    """Return the labels of an object that is made for another.

    `app.kubernetes.io/instance` is not among them: Argo CD would take the object for one of its own.
    """
    return {
        MANAGED_BY: MANAGER,
        COMPONENT: component,
        OWNER_KIND: kind,
        OWNER_NAME: bounded_name(name),
    }


def cron_job_name(schedule: str) -> str:
    """Return the name of a schedule's CronJob."""
    return host_name(f"{_SHORT['MonitoringSchedule']}-{schedule}", CRON_JOB_NAME_LIMIT - _INDEX)


def host_name(name: str, limit: int = LABEL_VALUE_LIMIT) -> str:
    """Return a name as one label of a DNS name: bounded, with hyphens for dots and then a digest.

    The pods of an Indexed Job are hosts named after the Job, so no Job's name has a dot.
    """
    if "." not in name:
        return bounded_name(name, limit)
    digest = hashlib.sha256(name.encode()).hexdigest()[:10]
    return f"{name[: limit - 11].replace('.', '-').rstrip('-')}-{digest}"


def job_name(kind: str, name: str, identity: str, attempt: int) -> str:
    """Return the name of a Job that the operator makes itself for a Baseline or an execution.

    It holds the identity of what attempts are counted for: an object that is deleted and created again does
    not meet the Jobs of the one before. It never looks like a Job of a CronJob, since what follows the last
    hyphen is no number.
    """
    tail = f"-{_digits(identity)}-a{attempt}"
    return host_name(f"{_SHORT[kind]}-{name}", LABEL_VALUE_LIMIT - _INDEX - len(tail)).rstrip("-") + tail


def workers_name(kind: str, name: str) -> str:
    """Return the name of the Service by which the pods of a scaled-out run find each other."""
    tail = "-workers"
    return host_name(f"{_SHORT[kind]}-{name}", LABEL_VALUE_LIMIT - len(tail)).rstrip("-") + tail


def certificates_name(kind: str, name: str, uid: str) -> str:
    """Return the name of the Secret with the certificates of scaled-out runs.

    It holds the owner's identity, since nobody may look whose a Secret of that name is.
    """
    tail = f"-{_digits(uid)}-tls"
    return host_name(f"{_SHORT[kind]}-{name}", LABEL_VALUE_LIMIT - len(tail)).rstrip("-") + tail


def gateway_name(capture: str) -> str:
    """Return the name of a DataCapture's gateway: of its Service, its Deployment and what belongs to them."""
    return host_name(f"{_SHORT['DataCapture']}-{capture}", LABEL_VALUE_LIMIT - _POD)


def gateway_configuration_name(capture: str, fixed: str) -> str:
    """Return the name of the ConfigMap that a gateway's pods run by: another one needs other pods.

    Parameters
    ----------
    capture
        Name of the DataCapture.
    fixed
        All of it that can't change while a pod runs.
    """
    return f"{gateway_name(capture)}-{hashlib.sha256(fixed.encode()).hexdigest()[:10]}"


def requested_name(schedule: str, uid: str, token: str) -> str:
    """Return the name of the execution that answers a run-now request: one for each token."""
    tail = f"-run-{hashlib.sha256(f'{uid}/{token}'.encode()).hexdigest()[:8]}x"
    return bounded_name(schedule, LABEL_VALUE_LIMIT - len(tail)) + tail


def plan_name(kind: str, name: str, content: str) -> str:
    """Return the name of the ConfigMap that holds a plan: it changes whenever a byte of the plan does."""
    tail = f"-plan-{hashlib.sha256(content.encode()).hexdigest()[:10]}"
    return bounded_name(f"{_SHORT[kind]}-{name}", LABEL_VALUE_LIMIT - len(tail)).rstrip("-.") + tail


def _digits(identity: str) -> str:
    return hashlib.sha256(identity.encode()).hexdigest()[:6]
