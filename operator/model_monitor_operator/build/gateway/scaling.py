"""How many pods a gateway has, and how many of them may be away."""

from model_monitor_api.v1alpha1.datacapture import Autoscaling
from model_monitor_operator.build.gateway.parts import Gateway
from model_monitor_operator.naming import GATEWAY_CONTAINER, SINK_CONTAINER
from model_monitor_operator.objects import AUTOSCALERS, BUDGETS, DEPLOYMENTS, Object


def build_budget(gateway: Gateway) -> Object:
    """Return the PodDisruptionBudget: one pod at a time; a node must be drainable with a single one too."""
    spec = {
        "maxUnavailable": 1,
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
        "selector": {"matchLabels": gateway.labels},
    }
    return gateway.document(BUDGETS, spec=spec)


def build_autoscaler(gateway: Gateway, scaling: Autoscaling) -> Object:
    """Return the HorizontalPodAutoscaler, which looks at the load of the main container alone."""
    load = {
        "name": "cpu",
        "container": SINK_CONTAINER if gateway.is_sink else GATEWAY_CONTAINER,
        "target": {"type": "Utilization", "averageUtilization": scaling.target_cpu_percentage},
    }
    spec = {
        "scaleTargetRef": {
            "apiVersion": DEPLOYMENTS.api_version,
            "kind": DEPLOYMENTS.kind,
            "name": gateway.name,
        },
        "minReplicas": scaling.min_replicas,
        "maxReplicas": scaling.max_replicas,
        "metrics": [{"type": "ContainerResource", "containerResource": load}],
    }
    return gateway.document(AUTOSCALERS, spec=spec)
