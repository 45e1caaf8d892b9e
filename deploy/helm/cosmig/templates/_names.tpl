{{- define "cosmig.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (default .Chart.Name .Values.nameOverride) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- /* A Job can't be changed, so each revision brings its own. A hook is deleted before it is created again. */ -}}
{{- define "cosmig.jobName" -}}
{{- if eq .Values.mode "hook" -}}
{{- include "cosmig.fullname" . -}}
{{- else -}}
{{- printf "%s-%d" (include "cosmig.fullname" .) (int .Release.Revision) -}}
{{- end -}}
{{- end -}}

{{- define "cosmig.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "cosmig.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "cosmig.labels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ default .Chart.AppVersion .Values.image.tag | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end -}}

{{- define "cosmig.image" -}}
{{- $repository := required "image.repository is required: the image with your migrations" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}
