"""What the operator keeps of an object in memory."""

from typing import Final

from model_monitor_operator.objects import Object

_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"


def trimmed(thing: Object) -> Object:
    """Return the part of an object that the cache keeps; the object itself is not changed.

    Of a Pod that is metadata, node and status; of a Job all but its pod template; of a ConfigMap or a
    ReplicaSet metadata.
    """
    kept = dict(thing)
    meta = kept["metadata"] = dict(thing["metadata"])
    meta.pop("managedFields", None)
    if _LAST_APPLIED in (meta.get("annotations") or {}):
        meta["annotations"] = {k: v for k, v in meta["annotations"].items() if k != _LAST_APPLIED}
    match thing["kind"]:
        case "Pod":
            kept["spec"] = {k: v for k, v in thing.get("spec", {}).items() if k == "nodeName"}
        case "Job":
            kept["spec"] = {k: v for k, v in thing.get("spec", {}).items() if k != "template"}
        case "ConfigMap":
            kept.pop("data", None)
            kept.pop("binaryData", None)
        case "ReplicaSet":
            kept.pop("spec", None)
            kept.pop("status", None)
        case _:
            pass
    return kept
