{{- /* Name of the application in labels. */ -}}
{{- define "model-monitor.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* Name of namespaced objects, with room for a suffix. */ -}}
{{- define "model-monitor.fullname" -}}
{{- $name := include "model-monitor.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- /* Name of what other installations could have too: cluster-scoped, or in a namespace that several watch. */ -}}
{{- define "model-monitor.clusterName" -}}
{{- printf "%s:%s" .Release.Namespace (include "model-monitor.fullname" .) }}
{{- end }}

{{- define "model-monitor.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- .Values.serviceAccount.name | default (include "model-monitor.fullname" .) }}
{{- else }}
{{- required "serviceAccount.create is false: set serviceAccount.name to the ServiceAccount to use" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "model-monitor.selectorLabels" -}}
app.kubernetes.io/name: {{ include "model-monitor.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "model-monitor.commonLabels" -}}
app.kubernetes.io/part-of: model-monitor
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "model-monitor.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/name: {{ include "model-monitor.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{ include "model-monitor.commonLabels" . }}
{{- end }}

{{- /* Reference of an image: (dict "image" VALUES "version" APPVERSION). */ -}}
{{- define "model-monitor.image" -}}
{{- if .image.digest }}
{{- printf "%s@%s" .image.repository .image.digest }}
{{- else }}
{{- printf "%s:%s" .image.repository (.image.tag | default .version) }}
{{- end }}
{{- end }}

{{- define "model-monitor.operatorImage" -}}
{{- include "model-monitor.image" (dict "image" .Values.operator.image "version" .Chart.AppVersion) }}
{{- end }}

{{- /* The settings file. */ -}}
{{- define "model-monitor.settings" -}}
analyzerImage: {{ include "model-monitor.image" (dict "image" .Values.analyzer.image "version" .Chart.AppVersion) | quote }}
imagePullPolicy: {{ .Values.analyzer.image.pullPolicy }}
namespaces: {{ .Values.namespaces | default list | toJson }}
clusterDomain: {{ .Values.clusterDomain | quote }}
workers: {{ .Values.operator.workers }}
resyncSeconds: {{ .Values.operator.resyncSeconds }}
metricsPort: {{ .Values.metrics.port }}
{{- with .Values.analyzer.otlpEndpoint }}
otlpEndpoint: {{ . | quote }}
{{- end }}
{{- with .Values.analyzer.podDefaults }}
podDefaults:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.gateway }}
gateway:
  envoyImage: {{ include "model-monitor.image" (dict "image" .envoy.image "version" "") | quote }}
  captureImage: {{ include "model-monitor.image" (dict "image" .shipper.image "version" $.Chart.AppVersion) | quote }}
  envoyPullPolicy: {{ .envoy.image.pullPolicy }}
  capturePullPolicy: {{ .shipper.image.pullPolicy }}
  envoyResources: {{ .envoy.resources | toJson }}
  shipperResources: {{ .shipper.resources | toJson }}
  {{- with .podDefaults }}
  podDefaults:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
