"""What an object says of its pods, over what the installation says of all."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from model_monitor_api.v1alpha1.workload import PodTemplate, Resources

_MESHES: Final = {"sidecar.istio.io/inject": "false", "kuma.io/sidecar-injection": "disabled"}
"""Labels by which Istio and Kuma leave a pod alone."""

_MESH_ANNOTATIONS: Final = {"linkerd.io/inject": "disabled"}
"""Annotations by which Linkerd does."""


def merge_templates(defaults: PodTemplate, own: PodTemplate) -> PodTemplate:
    """Return a template over another: where both say something of the same thing, the own one counts.

    Maps are merged by key, lists by what tells their items apart: variables, volumes and pull secrets by
    name, mounts by path. Tolerations and sources of variables are appended. Affinity and spread constraints
    are replaced as a whole. A compute resource of which the own template gives a request or a limit is taken
    from there alone, since a request may not exceed the limit.
    """
    security = {**(defaults.security_context or {}), **(own.security_context or {})}
    return PodTemplate(
        labels={**defaults.labels, **own.labels},
        annotations={**defaults.annotations, **own.annotations},
        service_account_name=own.service_account_name or defaults.service_account_name,
        resources=_merge_resources(defaults.resources, own.resources),
        env=merge_by("name", defaults.env, own.env),
        env_from=[*defaults.env_from, *own.env_from],
        volumes=merge_by("name", defaults.volumes, own.volumes),
        volume_mounts=merge_by("mountPath", defaults.volume_mounts, own.volume_mounts),
        security_context=security or None,
        node_selector={**defaults.node_selector, **own.node_selector},
        tolerations=[*defaults.tolerations, *own.tolerations],
        affinity=own.affinity if own.affinity is not None else defaults.affinity,
        topology_spread_constraints=own.topology_spread_constraints or defaults.topology_spread_constraints,
        priority_class_name=own.priority_class_name or defaults.priority_class_name,
        image_pull_secrets=list(
            {each.name: each for each in (*defaults.image_pull_secrets, *own.image_pull_secrets)}.values()
        ),
    )


def without_mesh(template: PodTemplate) -> PodTemplate:
    """Return a template whose pods get no sidecar of a service mesh, unless it says something of that itself.

    A sidecar would hold the pod open after the analyzer has ended.
    """
    said = template.labels.keys() | template.annotations.keys()

    def unsaid(settings: Mapping[str, str]) -> dict[str, str]:
        return {key: value for key, value in settings.items() if key not in said}

    return template.model_copy(
        update={
            "labels": {**unsaid(_MESHES), **template.labels},
            "annotations": {**unsaid(_MESH_ANNOTATIONS), **template.annotations},
        }
    )


def merge_by(key: str, *lists: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the items of lists; of those with one value of a key the last, in the place of the first."""
    found: dict[str, dict[str, Any]] = {}
    for item in (item for items in lists for item in items):
        found[str(item.get(key))] = dict(item)
    return list(found.values())


def resources_of(resources: Resources) -> dict[str, Any]:
    """Return compute resources as a container has them."""
    return resources.model_dump(mode="json", exclude_defaults=True)


def _merge_resources(defaults: Resources, own: Resources) -> Resources:
    said = own.requests.keys() | own.limits.keys()

    def unsaid(amounts: Mapping[str, Any]) -> dict[str, Any]:
        return {name: amount for name, amount in amounts.items() if name not in said}

    return Resources(
        requests={**unsaid(defaults.requests), **own.requests},
        limits={**unsaid(defaults.limits), **own.limits},
    )
