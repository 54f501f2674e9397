"""What the pods of a run must be able to reach, by its plan: Secrets, volume claims, certificates."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from model_monitor_api.contract.plan import AnalysisPlan, BaselineLocation
from model_monitor_api.meta import ApiModel, KeyReference
from model_monitor_api.v1alpha1.baseline import Adopt
from model_monitor_api.v1alpha1.dataset import Files
from model_monitor_api.v1alpha1.storage import Connection, Output
from model_monitor_operator.access_mode import claim_of


class Claim(NamedTuple):
    """A volume claim that a plan's locations name."""

    name: str
    """Its name."""

    written: bool
    """Whether results go there; what is only read is mounted for reading."""


class Reach(NamedTuple):
    """What a plan needs besides the network."""

    secrets: tuple[str, ...]
    """Secrets with credentials of object stores."""

    claims: tuple[Claim, ...]
    """Volume claims with data."""

    authorization: KeyReference | None
    """Secret and key by which the model lets a run in."""

    workers: int
    """Worker pods beside the one that leads the run; 0 where one pod does it all."""

    cluster_certificates: str | None
    """Secret with the certificates of an existing Dask cluster."""


def reach_of(plan: AnalysisPlan) -> Reach:
    """Return what the pods of a plan's run must be able to reach, in a stable order."""
    models = list(_models(plan))
    secrets = {
        model.secret_ref.name
        for model in models
        if isinstance(model, Connection) and model.secret_ref is not None
    }
    named = {claim for uri in _locations(models) if (claim := claim_of(uri))}
    output = claim_of(plan.output.uri)
    scale = plan.scale
    dask = scale.dask if scale else None
    return Reach(
        secrets=tuple(sorted(secrets)),
        claims=tuple(Claim(name, name == output) for name in sorted(named)),
        authorization=plan.predictor.authorization_ref if plan.predictor else None,
        # An image of one's own is one process; there is nothing to hand to workers.
        workers=(scale.workers or 0) if scale and not plan.analyzer else 0,
        cluster_certificates=dask.tls_secret_ref.name if dask and dask.tls_secret_ref else None,
    )


def _locations(models: Iterable[ApiModel]) -> Iterator[str]:
    """Yield every location that models of a plan name."""
    for model in models:
        if isinstance(model, Files | Output | BaselineLocation):
            yield model.uri
        elif isinstance(model, Adopt):
            yield from filter(None, (model.statistics, model.constraints, model.analysis))


def _models(value: object) -> Iterator[ApiModel]:
    """Yield every model within a value, itself included."""
    if isinstance(value, ApiModel):
        yield value
        inner: Iterable[object] = (getattr(value, name) for name in type(value).model_fields)
    else:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        if isinstance(item, ApiModel | list | dict):
            yield from _models(item)
