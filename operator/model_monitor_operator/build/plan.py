"""The ConfigMap that holds a plan."""

import json
from dataclasses import dataclass
from typing import Final

from model_monitor_api.contract.plan import AnalysisPlan
from model_monitor_operator.naming import labels_for, plan_name
from model_monitor_operator.objects import CONFIG_MAPS, Object
from model_monitor_operator.ownership import Owner

PLAN_KEY: Final = "plan.json"
"""Key of the document within the ConfigMap."""


@dataclass(frozen=True)
class RenderedPlan:
    """A plan as it is stored."""

    plan: AnalysisPlan
    """What is rendered."""

    name: str
    """Name of its ConfigMap; another document has another name."""

    document: str
    """The plan as JSON."""


def render_plan(plan: AnalysisPlan) -> RenderedPlan:
    """Return a plan as it is stored: the same plan gives the same bytes.

    Defaults are written out, so that an analyzer with other defaults does the same.
    """
    content = plan.model_dump(mode="json", by_alias=True, exclude_none=True)
    # An API server does not keep the order of keys, so that of a map within the plan may differ each time.
    document = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return RenderedPlan(plan, plan_name(plan.subject.kind, plan.subject.name, document), document)


def build_plan_config_map(owner: Owner, namespace: str, rendered: RenderedPlan) -> Object:
    """Return the ConfigMap that holds a plan, for pods to mount."""
    return {
        "apiVersion": CONFIG_MAPS.api_version,
        "kind": CONFIG_MAPS.kind,
        "metadata": {
            "name": rendered.name,
            "namespace": namespace,
            "labels": labels_for(owner.kind, owner.name, "plan"),
            "ownerReferences": [owner.reference()],
        },
        "immutable": True,
        "data": {PLAN_KEY: rendered.document},
    }
