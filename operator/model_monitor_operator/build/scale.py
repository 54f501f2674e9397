"""What the pods of a scaled-out run need to find and to trust each other: a headless Service and a Secret.

Both belong to the Baseline or the schedule, and serve all of its runs.
"""

from model_monitor_operator.build.certificates import Certificates
from model_monitor_operator.build.pod import LEADER_PORT
from model_monitor_operator.naming import SCALE_OUT, certificates_name, labels_for, workers_name
from model_monitor_operator.objects import SECRETS, SERVICES, Object
from model_monitor_operator.ownership import Owner
from model_monitor_operator.settings import Settings

_COMPONENT = "workers"


def build_workers_service(owner: Owner, namespace: str) -> Object:
    """Return the Service that gives the pods their names in the DNS, before they are ready too."""
    name = workers_name(owner.kind, owner.name)
    return {
        "apiVersion": SERVICES.api_version,
        "kind": SERVICES.kind,
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": labels_for(owner.kind, owner.name, _COMPONENT),
            "ownerReferences": [owner.reference()],
        },
        "spec": {
            "clusterIP": "None",
            "publishNotReadyAddresses": True,
            "selector": {SCALE_OUT: name},
            "ports": [{"name": "leader", "port": LEADER_PORT, "protocol": "TCP"}],
        },
    }


def build_certificates_secret(owner: Owner, namespace: str, certificates: Certificates) -> Object:
    """Return the Secret with the certificates of the pods; it is created once and never read."""
    return {
        "apiVersion": SECRETS.api_version,
        "kind": SECRETS.kind,
        "metadata": {
            "name": certificates_name(owner.kind, owner.name, owner.uid),
            "namespace": namespace,
            "labels": labels_for(owner.kind, owner.name, _COMPONENT),
            "ownerReferences": [owner.reference()],
        },
        "immutable": True,
        "type": "kubernetes.io/tls",
        "stringData": {
            "ca.crt": certificates.authority,
            "tls.crt": certificates.certificate,
            "tls.key": certificates.key,
        },
    }


def workers_hosts(owner: Owner, namespace: str, settings: Settings) -> str:
    """Return the name that all pods of the owner's scaled-out runs have in the DNS, for their certificate."""
    return f"*.{workers_name(owner.kind, owner.name)}.{namespace}.svc.{settings.cluster_domain}"
