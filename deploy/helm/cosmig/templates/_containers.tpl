{{- /*
Init containers for the pods of an application, by `mode`: `up`, or `wait` where a Job migrates. In a chart that depends on this one:

      initContainers:
        {{- include "cosmig.initContainers" .Subcharts.cosmig | nindent 8 }}
*/ -}}
{{- define "cosmig.initContainers" -}}
{{- if eq .Values.mode "init" -}}
{{- include "cosmig.upInitContainer" . -}}
{{- else -}}
{{- include "cosmig.waitInitContainer" . -}}
{{- end -}}
{{- end -}}

{{- define "cosmig.upInitContainer" -}}
{{- include "cosmig.container" (dict "root" . "name" "cosmig-up" "args" (concat (list "up") .Values.up.args)) -}}
{{- end -}}

{{- define "cosmig.waitInitContainer" -}}
{{- $timeout := printf "--timeout=%s" .Values.wait.timeout -}}
{{- include "cosmig.container" (dict "root" . "name" "cosmig-wait" "args" (list "wait" $timeout)) -}}
{{- end -}}

{{- define "cosmig.jobContainer" -}}
{{- $timeout := printf "--timeout=%s" .Values.job.timeout -}}
{{- include "cosmig.container" (dict "root" . "name" "cosmig" "args" (concat (list "up" $timeout) .Values.up.args)) -}}
{{- end -}}

{{- /* One container as an element of a list. Takes a dict: root, name, args. */ -}}
{{- define "cosmig.container" -}}
{{- $values := .root.Values -}}
- name: {{ .name }}
  image: {{ include "cosmig.image" .root | quote }}
  {{- if ne $values.image.pullPolicy "IfNotPresent" }}
  imagePullPolicy: {{ $values.image.pullPolicy }}
  {{- end }}
  args:
    {{- toYaml .args | nindent 4 }}
  env:
    {{- if $values.secret.name }}
    - name: CosmosDb__ConnectionString
      valueFrom:
        secretKeyRef:
          name: {{ $values.secret.name | quote }}
          key: {{ $values.secret.key | quote }}
    {{- end }}
    {{- range $name, $value := include "cosmig.env" .root | fromYaml }}
    - name: {{ $name }}
      value: {{ $value | quote }}
    {{- end }}
  {{- with $values.envFrom }}
  envFrom:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  terminationMessagePolicy: FallbackToLogsOnError
  resources:
    {{- toYaml $values.resources | nindent 4 }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    capabilities:
      drop:
        - ALL
    seccompProfile:
      type: RuntimeDefault
  {{- with $values.volumeMounts }}
  volumeMounts:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- /* The settings of the release, over those of all its charts, as YAML. */ -}}
{{- define "cosmig.env" -}}
{{- $ofAll := dict -}}
{{- with .Values.global -}}
{{- with .cosmig -}}
{{- with .env -}}
{{- $ofAll = . -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- merge (dict) .Values.env $ofAll | toYaml -}}
{{- end -}}
