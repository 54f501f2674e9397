"""Whether the pods of a run can all write to the volume claim that results go to."""

from datetime import datetime

from model_monitor_api.conditions import AccessMode
from model_monitor_api.meta import Condition
from model_monitor_operator.conditions import condition
from model_monitor_operator.decision import Reader
from model_monitor_operator.objects import Object

_SCHEME = "pvc://"


def claim_of(uri: str) -> str | None:
    """Return the volume claim that a location names; None for a location elsewhere."""
    return uri.removeprefix(_SCHEME).split("/", 1)[0] if uri.startswith(_SCHEME) else None


def fetch_claim(uri: str, namespace: str, reader: Reader) -> Object | None:
    """Return the volume claim that a location names, if it does and there is one."""
    name = claim_of(uri)
    return reader.fetch("PersistentVolumeClaim", namespace, name) if name else None


def access_mode(
    uri: str, claim: Object | None, writers: int, generation: int | None, now: datetime
) -> list[Condition]:
    """Return the condition `AccessMode`; none where results do not go to a volume claim.

    Parameters
    ----------
    uri
        Where results go.
    claim
        The claim, None if there is none.
    writers
        Pods of one run that mount it.
    """
    name = claim_of(uri)
    if name is None:
        return []
    if claim is None:
        message = f"`spec.output.uri` names the volume claim `{name}`, which does not exist; create it"
        return [condition("AccessMode", AccessMode.CLAIM_NOT_FOUND, message, generation, now)]
    modes = (claim.get("spec") or {}).get("accessModes") or []
    shared = "ReadWriteMany" in modes or writers == 1
    if shared:
        return [condition("AccessMode", AccessMode.SUFFICIENT, "", generation, now)]
    message = (
        f"the volume claim `{name}` is {' and '.join(modes)}, but {writers} pods mount it; use a "
        "ReadWriteMany claim or an object store, or keep the pods on one node by `spec.podTemplate`"
    )
    return [condition("AccessMode", AccessMode.SINGLE_NODE, message, generation, now)]
