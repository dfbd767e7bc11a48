{{- define "loom.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 57 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 57 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "loom.selector" -}}
app.kubernetes.io/name: loom
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "loom.labels" -}}
{{ include "loom.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "loom.serviceAccount" -}}
{{- default (ternary (include "loom.name" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name }}
{{- end }}

{{- /* Where the pods of this release agree on a leader: those of another class or selector have one of their own. */ -}}
{{- define "loom.lease" -}}
{{- if .Values.selector }}{{ include "loom.name" . }}-leader{{ else }}loom{{ with .Values.className }}-{{ . }}{{ end }}{{ end }}
{{- end }}

{{- define "loom.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}{{ else }}{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}{{ end }}
{{- end }}

{{- /* Cluster-scoped names carry the namespace, so that two releases of one name do not meet. */ -}}
{{- define "loom.clusterName" -}}
{{ printf "%s-%s" .Release.Namespace (include "loom.name" .) }}
{{- end }}

{{- /* What the restricted Pod Security Standard asks of pods and of their containers. */ -}}
{{- define "loom.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "loom.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
