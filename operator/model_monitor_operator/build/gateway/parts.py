"""All that a gateway's objects follow from."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from model_monitor_api.v1alpha1.datacapture import DataCapture
from model_monitor_api.v1alpha1.storage import Output
from model_monitor_api.v1alpha1.workload import PodTemplate
from model_monitor_operator.access_mode import claim_of
from model_monitor_operator.build.mounts import CLAIMS, SECRETS, TEMPORARY, Mount, secret_source
from model_monitor_operator.build.pod_template import merge_templates
from model_monitor_operator.naming import gateway_name, labels_for
from model_monitor_operator.objects import Resource
from model_monitor_operator.ownership import Owner
from model_monitor_operator.settings import Settings

INFERENCE_PORT: Final = 8080
"""Port at which Envoy takes requests, or a sink events."""

SINK_PORT: Final = 80
"""Port of a sink's Service: that of `http` URLs."""

SINK_METRICS_PORT: Final = 9091
"""Port of a sink's own metrics."""

SHIPPER_PORT: Final = 9090
"""Port at which the shipper tells how it fares."""

SPOOL: Final = "/var/spool/model-monitor"
"""Where records wait; Envoy's administration is there too."""

FILTER: Final = "/var/lib/model-monitor/filter"
"""Where the shipper puts the capture filter that Envoy loads."""

HASH_KEY: Final = "/etc/model-monitor/hash-key"
"""Where the key for hashes is mounted."""

_COMPONENT: Final = "capture-gateway"


class Images(NamedTuple):
    """What a gateway's containers run."""

    envoy: str
    """Image of Envoy."""

    capture: str
    """Image of the shipper, and of the sink."""


@dataclass(frozen=True)
class Gateway:
    """One gateway."""

    capture: DataCapture
    """What is captured; its source is a Service or events."""

    owner: Owner
    """The DataCapture as the owner."""

    settings: Settings
    """What the installation decides."""

    roll_out: str = ""
    """Digest of the roll-out request that the pods answer; empty where there was none."""

    @property
    def name(self) -> str:
        """Return the name of its objects."""
        return gateway_name(self.capture.metadata.name)

    @property
    def namespace(self) -> str:
        """Return the namespace of its objects."""
        return self.capture.metadata.namespace

    @property
    def labels(self) -> dict[str, str]:
        """Return the labels of its objects, by which its pods are selected too."""
        return labels_for(self.owner.kind, self.owner.name, _COMPONENT)

    @property
    def is_sink(self) -> bool:
        """Return whether it takes events, and not requests."""
        return self.capture.spec.source.service is None

    @property
    def port(self) -> int:
        """Return the port of its Service: that of the model's, where it stands in front of one."""
        service = self.capture.spec.source.service
        return service.port if service is not None else SINK_PORT

    @property
    def storage(self) -> Output:
        """Return where records are written."""
        storage = self.capture.spec.storage
        assert storage is not None  # noqa: S101 # a rule of the kind
        return storage

    @property
    def images(self) -> Images:
        """Return what a new pod runs."""
        return Images(self.settings.gateway.envoy_image, self.settings.gateway.capture_image)

    @cached_property
    def template(self) -> PodTemplate:
        """Return what is said of the pods, by the installation and the object."""
        settings = self.settings.gateway
        defaults = merge_templates(PodTemplate(resources=settings.envoy_resources), settings.pod_defaults)
        return merge_templates(defaults, self.capture.spec.gateway.pod_template)

    @property
    def secret(self) -> str | None:
        """Return the Secret with the store's credentials."""
        reference = self.storage.connection.secret_ref
        return reference.name if reference is not None else None

    @property
    def claim(self) -> str | None:
        """Return the volume claim that records are written to."""
        return claim_of(self.storage.uri)

    @property
    def hash_key_file(self) -> str | None:
        """Return where the key for hashes is; None where nothing is hashed."""
        privacy = self.capture.spec.privacy
        reference = privacy.hash_key_ref if privacy is not None else None
        return f"{HASH_KEY}/{reference.key}" if reference is not None else None

    @property
    def shipper_mounts(self) -> list[Mount]:
        """Return the volumes that only the shipper has."""
        mounts = []
        users = {str(mount.get("mountPath", "")).rstrip("/") for mount in self.template.volume_mounts}
        if TEMPORARY not in users:
            mounts.append(Mount("model-monitor-tmp", TEMPORARY, {"emptyDir": {}}, read_only=False))
        if self.secret is not None:
            mounts.append(
                Mount("model-monitor-secret", f"{SECRETS}/{self.secret}", secret_source(self.secret))
            )
        privacy = self.capture.spec.privacy
        if privacy is not None and (key := privacy.hash_key_ref) is not None:
            mounts.append(Mount("model-monitor-hash-key", HASH_KEY, secret_source(key.name, key.key)))
        if self.claim is not None:
            source = {"persistentVolumeClaim": {"claimName": self.claim}}
            mounts.append(Mount("model-monitor-claim", f"{CLAIMS}/{self.claim}", source, read_only=False))
        return mounts

    def document(self, resource: Resource, name: str = "", **fields: Any) -> dict[str, Any]:
        """Return an object of the gateway.

        Parameters
        ----------
        resource
            What it is.
        name
            Its name, where it is not the gateway's.
        fields
            What it has besides metadata.
        """
        return {
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "metadata": {
                "name": name or self.name,
                "namespace": self.namespace,
                "labels": self.labels,
                "ownerReferences": [self.owner.reference()],
            },
            **fields,
        }
