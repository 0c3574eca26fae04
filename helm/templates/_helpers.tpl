{{/* Names and labels. A StatefulSet may be named by 52 characters: its pods have a label that is eleven longer. */}}
{{- define "orchestrator.name" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride | trunc 46 | trimSuffix "-" }}{{ else if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 46 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 46 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "orchestrator.resultsName" -}}
{{ include "orchestrator.name" . }}-results
{{- end }}

{{- define "orchestrator.redisName" -}}
{{ include "orchestrator.name" . }}-redis
{{- end }}

{{- define "orchestrator.workerName" -}}
{{ include "orchestrator.name" . }}-worker
{{- end }}

{{/* Arguments: a list of the root context and the component. */}}
{{- define "orchestrator.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "orchestrator.labels" -}}
{{- $root := index . 0 -}}
{{ include "orchestrator.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end }}

{{/* Arguments: a list of an image and the tag to fall back to. */}}
{{- define "orchestrator.image" -}}
{{- $image := index . 0 -}}
{{ if $image.digest }}{{ printf "%s@%s" $image.repository $image.digest }}{{ else }}{{ printf "%s:%s" $image.repository ($image.tag | default (index . 1)) }}{{ end }}
{{- end }}

{{- define "orchestrator.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (ternary (include "orchestrator.name" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- define "orchestrator.secret" -}}
{{ .Values.existingSecret | default (include "orchestrator.name" .) }}
{{- end }}

{{- define "orchestrator.baseUrl" -}}
{{ .Values.results.baseUrl | default (printf "http://%s.%s.svc:8000" (include "orchestrator.resultsName" .) .Release.Namespace) }}
{{- end }}

{{/* Not empty where each replica keeps for itself what is on its way to the bucket. */}}
{{- define "orchestrator.spoolsApart" -}}
{{- if and (eq .Values.storage.kind "s3") (not .Values.storage.spool.existingClaim) }}true{{ end }}
{{- end }}

{{/* The claim at /data; empty: the pod's own volume. */}}
{{- define "orchestrator.claim" -}}
{{- if eq .Values.storage.kind "volume" -}}
{{ .Values.storage.volume.existingClaim | default (include "orchestrator.name" .) }}
{{- else if eq .Values.storage.kind "s3" -}}
{{ .Values.storage.spool.existingClaim }}
{{- end }}
{{- end }}

{{/* What a replica asks for and may use; the pod's own volume counts. */}}
{{- define "orchestrator.resources" -}}
{{- $own := dict -}}
{{- if not (include "orchestrator.claim" .) -}}
{{- $spool := .Values.storage.spool -}}
{{- $own = dict "requests" (dict "ephemeral-storage" $spool.ephemeralRequest) "limits" (dict "ephemeral-storage" $spool.ephemeralLimit) -}}
{{- end -}}
{{ toYaml (mergeOverwrite $own (deepCopy .Values.resources)) }}
{{- end }}

{{- define "orchestrator.redisUrl" -}}
{{- if .Values.redis.enabled -}}
redis://{{ with .Values.redis.password }}:{{ urlquery . | replace "+" "%20" }}@{{ end }}{{ include "orchestrator.redisName" . }}.{{ .Release.Namespace }}.svc:6379/0
{{- else -}}
{{ .Values.redis.url }}
{{- end }}
{{- end }}

{{/* The port of an http(s) URL. */}}
{{- define "orchestrator.urlPort" -}}
{{ regexFind ":[0-9]+$" (urlParse .).host | trimPrefix ":" | default (ternary "443" "80" (hasPrefix "https:" .)) }}
{{- end }}

{{/* Not empty where the keys of the bucket are in a Secret; else they are asked for by the service account or the node. */}}
{{- define "orchestrator.s3Keys" -}}
{{- if or .Values.storage.s3.existingSecret .Values.storage.s3.accessKeyId }}true{{ end }}
{{- end }}

{{/* The ports of a Redis that is not the chart's, separated by commas. */}}
{{- define "orchestrator.redisPorts" -}}
{{- $ports := .Values.networkPolicy.redisPorts -}}
{{- if not $ports -}}
{{- $ports = list 6379 26379 -}}
{{- with .Values.redis.url -}}
{{- $sentinels := hasPrefix "redis+sentinel:" . -}}
{{- $ports = ternary (list "6379") list $sentinels -}}
{{- range regexFind "^[^/?]*" (regexReplaceAll "^[^:]+://(.*@)?" . "") | splitList "," -}}
{{- $ports = append $ports (regexFind ":[0-9]+$" . | trimPrefix ":" | default (ternary "26379" "6379" $sentinels)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $i, $port := uniq $ports }}{{ if $i }},{{ end }}{{ int $port }}{{ end }}
{{- end }}

{{/* A value as the text of a variable: numbers arrive as floats, and 5242880 would become 5.24288e+06. */}}
{{- define "orchestrator.text" -}}
{{ if and (kindIs "float64" .) (eq (floor .) .) }}{{ int64 . | quote }}{{ else }}{{ . | toString | quote }}{{ end }}
{{- end }}

{{/* Which replicas the metrics are of, in PromQL. The job is the Service that Prometheus reads. */}}
{{- define "orchestrator.series" -}}
job="{{ include "orchestrator.resultsName" . }}",namespace="{{ .Release.Namespace }}"
{{- end }}

{{/* What the level `restricted` of the pod security standards asks for. Arguments: the root, and the user's number. */}}
{{- define "orchestrator.podSecurity" -}}
{{- $user := index . 1 -}}
runAsNonRoot: true
{{- if (index . 0).Values.podSecurity.fixedUsers }}
runAsUser: {{ $user }}
runAsGroup: {{ $user }}
fsGroup: {{ $user }}
{{- end }}
# A volume with a million files would otherwise be walked through at every start.
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "orchestrator.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
