"""The CustomResourceDefinitions as templates of the Helm chart.

Helm installs what stands in a chart's `crds/` folder but never upgrades it, hence templates.
"""

from typing import Final

from model_monitor_api.crd.definition import HEADER, definition, to_yaml
from model_monitor_api.crd.resource import RESOURCES, Resource

FOLDER: Final = "charts/model-monitor/templates/crds"

_TEMPLATE: Final = """\
{header}{{{{- if .Values.crds.enabled }}}}
{head}metadata:
  name: {name}
  labels:
    {{{{- include "model-monitor.labels" . | nindent 4 }}}}
  {{{{- if .Values.crds.keep }}}}
  annotations:
    helm.sh/resource-policy: keep
  {{{{- end }}}}
{body}{{{{- end }}}}
"""


def template_files() -> dict[str, str]:
    """Return the text of each template by its path in the repository."""
    return {f"{FOLDER}/{resource.plural}.yaml": _template(resource) for resource in RESOURCES}


def _template(resource: Resource) -> str:
    document = definition(resource)
    metadata = document.pop("metadata")
    spec = document.pop("spec")
    return _TEMPLATE.format(
        header=HEADER, head=to_yaml(document), name=metadata["name"], body=_literal(to_yaml({"spec": spec}))
    )


def _literal(text: str) -> str:
    """Let Helm print what would otherwise begin one of its actions."""
    return text.replace("{{", '{{ "{{" }}')
