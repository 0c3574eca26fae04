{{/* What a schema cannot say. Included once; fails with what to do instead. */}}
{{- define "orchestrator.checks" -}}
{{- $several := or .Values.autoscaling.enabled (gt (int .Values.replicaCount) 1) }}
{{- if and .Values.redis.enabled .Values.redis.url }}
{{- fail "redis.enabled starts a Redis of the chart's own, and redis.url names another one: set one of the two" }}
{{- end }}
{{- if not (or .Values.redis.enabled .Values.redis.url .Values.existingSecret) }}
{{- fail "the service needs a Redis: set redis.url, redis.enabled, or existingSecret with the key REDIS_URL" }}
{{- end }}
{{- if and .Values.redis.enabled .Values.existingSecret .Values.redis.password }}
{{- fail "redis.password is not used with existingSecret: the chart's Redis then has no password" }}
{{- end }}
{{- if and (eq .Values.storage.kind "s3") (not .Values.storage.s3.url) }}
{{- fail "storage.kind is s3: set storage.s3.url to s3://bucket/prefix" }}
{{- end }}
{{- if and .Values.storage.spool.existingClaim (ne .Values.storage.kind "s3") }}
{{- fail "storage.spool.existingClaim is for storage.kind s3: with volume it is storage.volume.existingClaim" }}
{{- end }}
{{- if and (eq .Values.storage.kind "ephemeral") $several }}
{{- fail "storage.kind is ephemeral, which replicas cannot share: set replicaCount to 1 and autoscaling.enabled to false" }}
{{- end }}
{{- if and (eq .Values.storage.kind "volume") $several (not (has "ReadWriteMany" .Values.storage.volume.accessModes)) }}
{{- fail "several replicas share the volume: set storage.volume.accessModes to [ReadWriteMany], or replicaCount to 1" }}
{{- end }}
{{- if and .Values.autoscaling.enabled (gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) }}
{{- fail "autoscaling.minReplicas is more than autoscaling.maxReplicas" }}
{{- end }}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) }}
{{- fail "ingress.enabled: set ingress.host" }}
{{- end }}
{{- if and .Values.keda.enabled (not .Values.keda.prometheusUrl) }}
{{- fail "keda.enabled: set keda.prometheusUrl to the Prometheus that reads the replicas" }}
{{- end }}
{{- range .Values.keda.pools }}
{{- if gt (int (.minReplicas | default 0)) (int .maxReplicas) }}
{{- fail (printf "the pool %s of keda has more minReplicas than maxReplicas" .name) }}
{{- end }}
{{- if not (or .target $.Values.workers.enabled) }}
{{- fail (printf "the pool %s of keda names no target, and workers.enabled is false" .name) }}
{{- end }}
{{- end }}
{{- $own := dict "REDIS_URL" "redis.url" "ORCHESTRATOR_TOKEN" "auth.token" "URL_SIGNING_SECRET" "auth.urlSigningSecret" "REDIS_SENTINEL_PASSWORD" "redis.sentinelPassword" "ORCHESTRATOR_BASE_URL" "results.baseUrl" "SHUTDOWN_GRACE_SEC" "shutdown.graceSec" "ARTIFACT_STORE" "storage.s3.url" "S3_ENDPOINT" "storage.s3.endpoint" "S3_FORCE_PATH_STYLE" "storage.s3.forcePathStyle" "AWS_REGION" "storage.s3.region" "OTEL_EXPORTER_OTLP_ENDPOINT" "tracing.endpoint" "OTEL_EXPORTER_OTLP_HEADERS" "tracing.existingSecret" "PORT" "service.port" "ORCHESTRATOR_RESULTS_DIR" "storage" "LOG_FILE" "the log of the pod" }}
{{- range $name, $value := .Values.config }}
{{- if hasKey $own $name }}
{{- fail (printf "config.%s is made by the chart: use %s" $name (get $own $name)) }}
{{- end }}
{{- end }}
{{- end }}
