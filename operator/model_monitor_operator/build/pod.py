"""The pod template of every run."""

from typing import Any, Final

from model_monitor_operator.build.containers import analyzer_container, without_empty
from model_monitor_operator.build.custom import SHARED_VOLUME, custom_containers
from model_monitor_operator.build.mounts import CERTIFICATES, PLAN_FILE, mounts_of
from model_monitor_operator.build.predictor import predictor_containers
from model_monitor_operator.build.run import JOB_NAME, Run
from model_monitor_operator.naming import MAIN_CONTAINER, SCALE_OUT, labels_for, workers_name

COMPONENT: Final = "analyzer"
"""What Jobs, CronJobs and their pods are, for the labels."""

LEADER_PORT: Final = 8786
"""Port at which the leader of a scaled-out run is found."""


def build_pod(run: Run) -> dict[str, Any]:
    """Return the pod template of a run (core/v1 PodTemplateSpec)."""
    template, custom = run.template, run.rendered.plan.analyzer
    labels = {**template.labels, **labels_for(run.owner.kind, run.owner.name, COMPONENT)}
    volumes = [mount.volume for mount in mounts_of(run)]
    before = predictor_containers(run)
    if custom is None:
        main = analyzer_container(run, MAIN_CONTAINER, _arguments(run), [])
    else:
        steps, main = custom_containers(run, custom)
        before += steps
        volumes.append(SHARED_VOLUME)
    if run.reach.workers:
        labels[SCALE_OUT] = _service(run)
    return {
        "metadata": without_empty({"labels": labels, "annotations": template.annotations}),
        "spec": without_empty(
            {
                "restartPolicy": "Never",
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "subdomain": _service(run) if run.reach.workers else None,
                "serviceAccountName": template.service_account_name,
                "priorityClassName": template.priority_class_name,
                "imagePullSecrets": [{"name": secret.name} for secret in template.image_pull_secrets],
                "securityContext": template.security_context,
                "nodeSelector": template.node_selector,
                "tolerations": template.tolerations,
                "affinity": template.affinity,
                "topologySpreadConstraints": template.topology_spread_constraints,
                "initContainers": before,
                "containers": [main],
                "volumes": [*volumes, *template.volumes],
            }
        ),
    }


def _arguments(run: Run) -> list[str]:
    found = ["analyze", "--plan", PLAN_FILE, *run.window_arguments]
    if workers := run.reach.workers:
        found += ["--scale-out", str(workers), "--leader", _leader(run), "--tls-dir", CERTIFICATES]
    elif run.reach.cluster_certificates:
        found += ["--tls-dir", CERTIFICATES]
    return found


def _leader(run: Run) -> str:
    """Return the address of the pod with index 0, by the name that the headless Service gives it."""
    namespace = run.thing.metadata.namespace
    domain = f"{_service(run)}.{namespace}.svc.{run.settings.cluster_domain}"
    return f"tls://{JOB_NAME}-0.{domain}:{LEADER_PORT}"


def _service(run: Run) -> str:
    subject = run.rendered.plan.subject
    return workers_name(subject.kind, subject.name)
