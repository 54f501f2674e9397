{{- /* All that the operator may do. docs/explanation/security.md says why. */ -}}
{{- define "model-monitor.operatorRules" -}}
# Its own kinds: it reads what people wrote and writes status.
- apiGroups: [modelmonitor.dev]
  resources: [baselines, datacaptures, monitoringexecutions, monitoringschedules]
  verbs: [get, list, watch]
- apiGroups: [modelmonitor.dev]
  resources: [baselines/status, datacaptures/status, monitoringexecutions/status, monitoringschedules/status]
  verbs: [patch]
- apiGroups: [modelmonitor.dev]
  resources: [monitoringexecutions]
  verbs: [create, delete]
# Where OwnerReferencesPermissionEnforcement is on, for `blockOwnerDeletion` in owner references.
- apiGroups: [modelmonitor.dev]
  resources:
    - baselines/finalizers
    - datacaptures/finalizers
    - monitoringexecutions/finalizers
    - monitoringschedules/finalizers
  verbs: [update]
# What it makes.
- apiGroups: [batch]
  resources: [cronjobs]
  verbs: [get, list, watch, create, patch]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, delete]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [services]
  verbs: [get, create, patch]
# Capture gateways.
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, patch]
- apiGroups: [apps]
  resources: [replicasets]
  verbs: [list, watch]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, create, patch]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [get, create, patch]
# A run's own TLS keys: made, never read.
- apiGroups: [""]
  resources: [secrets]
  verbs: [create]
# How runs fare.
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch, delete]
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [get]
- apiGroups: [""]
  resources: [events]
  verbs: [get, list, create, patch]
{{- end }}
