"""Events as loggers send them."""

import json
from collections.abc import Mapping
from typing import Any

from model_monitor_api.v1alpha1.datacapture import DataCaptureSpec

KSERVE = "org.kubeflow.serving.inference"
SELDON = "io.seldon.serving.inference"


def spec_fields(**fields: Any) -> dict[str, Any]:
    """Return a spec that takes events, as YAML would have it."""
    storage = {"uri": "s3://bucket/capture"}
    return {"source": {"cloudEvents": {"joinWindow": "2s"}}, "storage": storage} | fields


def spec(**fields: Any) -> DataCaptureSpec:
    return DataCaptureSpec.model_validate(spec_fields(**fields))


def kserve(
    name: str, side: str, *, content_type: str = "text/csv", time: str = "", **more: str
) -> dict[str, str]:
    """Return the headers of KServe's agent; `more` are attributes."""
    attributes = {
        "specversion": "1.0",
        "id": name,
        "type": f"{KSERVE}.{side}",
        "source": "http://localhost:9081/",
        "inferenceservicename": "churn",
        "namespace": "default",
        "component": "predictor",
        "endpoint": "",
        "metadata": "{}",
    } | more
    if time:
        attributes["time"] = time
    headers = {f"Ce-{key.capitalize()}": value for key, value in attributes.items()}
    return headers | {"Content-Type": content_type}


def seldon(puid: str, event_id: str, side: str) -> dict[str, str]:
    """Return the headers of Seldon Core's executor, whose events have ids of their own."""
    attributes = {
        "specversion": "1.0",
        "id": event_id,
        "type": f"{SELDON}.{side}",
        "source": "http://:8000/",
        "requestid": puid,
        "modelid": "classifier",
        "inferenceservicename": "iris",
        "namespace": "seldon",
        "endpoint": "default",
        "protocol": "seldon",
    }
    return {f"Ce-{key.capitalize()}": value for key, value in attributes.items()} | {
        "Content-Type": "application/json"
    }


def raw(headers: Mapping[str, str]) -> dict[str, bytes]:
    """Return headers as the server has them."""
    return {name.lower(): value.encode() for name, value in headers.items()}


def structured(name: str, side: str, data: str, **more: Any) -> str:
    """Return an event as JSON text, its data being JSON text themselves."""
    attributes = {"specversion": "1.0", "id": name, "type": f"{KSERVE}.{side}", "source": "/s"} | more
    return json.dumps(attributes)[:-1] + f', "data": {data}}}'
