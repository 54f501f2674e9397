"""Volumes of a run's pods, where they are mounted, and the variables that say so to the analyzer."""

from typing import Any, Final, NamedTuple

from model_monitor_operator.build.plan import PLAN_KEY
from model_monitor_operator.build.run import Run
from model_monitor_operator.naming import certificates_name

TEMPORARY: Final = "/tmp"  # noqa: S108 # a volume of the pod's own
"""The one directory that every container of ours may write to; a user's own volume there is kept."""

CERTIFICATES: Final = "/etc/model-monitor/tls"
"""Certificates of scaled-out runs, or of an existing Dask cluster: `ca.crt`, `tls.crt`, `tls.key`."""

_PLAN: Final = "/etc/model-monitor/plan"
SECRETS: Final = "/etc/model-monitor/secrets"
"""Secrets with credentials of stores, each in a folder of its name."""

_AUTHORIZATION: Final = "/etc/model-monitor/authorization"
CLAIMS: Final = "/mnt/claims"
"""Volume claims, each in a folder of its name."""

PLAN_FILE: Final = f"{_PLAN}/{PLAN_KEY}"
"""The plan."""

_READABLE: Final = 0o444
"""Mode of Secrets' files: whoever the container runs as reads them, nobody writes."""


class Mount(NamedTuple):
    """A volume and its place."""

    name: str
    """Name of the volume; the prefix keeps it apart from users'."""

    path: str
    """Where it is mounted."""

    source: dict[str, Any]
    """What it is (core/v1 VolumeSource)."""

    read_only: bool = True
    """Whether nothing is written there."""

    @property
    def volume(self) -> dict[str, Any]:
        """Return it as a pod has it."""
        return {"name": self.name, **self.source}

    @property
    def volume_mount(self) -> dict[str, Any]:
        """Return it as a container has it."""
        mount: dict[str, Any] = {"name": self.name, "mountPath": self.path}
        return {**mount, "readOnly": True} if self.read_only else mount


def mounts_of(run: Run) -> list[Mount]:
    """Return the volumes of containers that run the analyzer's image."""
    reach = run.reach
    mounts = [Mount("model-monitor-plan", _PLAN, {"configMap": {"name": run.rendered.name}})]
    users = {str(mount.get("mountPath", "")).rstrip("/") for mount in run.template.volume_mounts}
    if TEMPORARY not in users:
        mounts.append(Mount("model-monitor-tmp", TEMPORARY, {"emptyDir": {}}, read_only=False))
    mounts += [
        Mount(f"model-monitor-secret-{index}", f"{SECRETS}/{name}", secret_source(name))
        for index, name in enumerate(reach.secrets)
    ]
    if reach.authorization is not None:
        name, key = reach.authorization.name, reach.authorization.key
        place = f"{_AUTHORIZATION}/{name}"
        mounts.append(Mount("model-monitor-authorization", place, secret_source(name, key)))
    if (certificates := _certificates(run)) is not None:
        mounts.append(Mount("model-monitor-tls", CERTIFICATES, secret_source(certificates)))
    mounts += [
        Mount(
            f"model-monitor-claim-{index}",
            f"{CLAIMS}/{claim.name}",
            {"persistentVolumeClaim": {"claimName": claim.name}},
            read_only=not claim.written,
        )
        for index, claim in enumerate(reach.claims)
    ]
    return mounts


def variables_of(run: Run) -> list[dict[str, Any]]:
    """Return the variables that tell the analyzer where things are mounted."""
    reach = run.reach
    places = {
        "MODEL_MONITOR_SECRETS": SECRETS if reach.secrets else "",
        "MODEL_MONITOR_AUTHORIZATION": _AUTHORIZATION if reach.authorization else "",
        "MODEL_MONITOR_MOUNTS": ",".join(f"{claim.name}={CLAIMS}/{claim.name}" for claim in reach.claims),
    }
    return [{"name": name, "value": value} for name, value in places.items() if value]


def _certificates(run: Run) -> str | None:
    subject = run.rendered.plan.subject
    if run.reach.workers:
        return certificates_name(subject.kind, subject.name, subject.uid)
    return run.reach.cluster_certificates


def secret_source(name: str, *keys: str) -> dict[str, Any]:
    """Return a Secret as the source of a volume: all its keys, or some."""
    source: dict[str, Any] = {"secretName": name, "defaultMode": _READABLE}
    if keys:
        source["items"] = [{"key": key, "path": key} for key in keys]
    return {"secret": source}
