# Two images: `docker build .` makes the service, `docker build --target worker .` the sample worker. Neither holds a
# shell, a package manager or a development package, and neither runs as root or writes outside of /data and /tmp.
# A release pins what it is built on: --build-arg NODE_DIGEST=@sha256:… --build-arg BASE_DIGEST=@sha256:…
# `node scripts/check-image.mjs` takes the same steps without Docker, and tries what comes of them.
ARG NODE_DIGEST=
ARG BASE_DIGEST=

FROM node:24-bookworm-slim${NODE_DIGEST} AS node
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY examples/worker/package.json ./examples/worker/

FROM node AS build
RUN npm ci --ignore-scripts
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY scripts/bundle.mjs ./scripts/
COPY scripts/lib/network.mjs scripts/lib/paths.mjs ./scripts/lib/
COPY src ./src
COPY examples/worker/tsconfig.build.json ./examples/worker/
COPY examples/worker/src ./examples/worker/src
# With the very Node that runs it: V8 takes the compiled code of its own version only.
RUN npm run build:service && npm run build -w examples/worker

FROM node AS packages
RUN npm ci --omit=dev --ignore-scripts --workspaces=false
# What is not installed here is not to be listed either.
RUN npm pkg delete devDependencies workspaces && npm sbom --sbom-format=cyclonedx > sbom.cdx.json
RUN mkdir -p data/results

FROM node AS worker-packages
RUN npm ci --omit=dev --ignore-scripts --workspace=examples/worker --include-workspace-root=false
RUN npm pkg delete dependencies devDependencies && npm sbom --sbom-format=cyclonedx --workspace=examples/worker > sbom.cdx.json
RUN mkdir -p data

FROM gcr.io/distroless/cc-debian12:nonroot${BASE_DIGEST} AS base
COPY --from=node /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
ENV NODE_ENV=production
# By number, so that Kubernetes can see that it is not root.
USER 65532:65532

FROM base AS worker
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="orchestrator-sample-worker" \
      org.opencontainers.image.description="Sample worker of Orchestrator: it speaks the worker protocol and runs small tasks." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV RESULTS_DIR=/data
COPY --from=worker-packages --chown=65532:65532 /app/data /data
COPY --from=worker-packages /app/node_modules ./node_modules
COPY --from=worker-packages /app/sbom.cdx.json ./
COPY --from=build /app/examples/worker/dist ./examples/worker/dist
COPY examples/worker/package.json ./examples/worker/
COPY LICENSE ./
VOLUME /data
# It serves nothing that could be asked; the service watches its heartbeat.
HEALTHCHECK NONE
CMD ["/usr/local/bin/node", "examples/worker/dist/main.js"]

FROM base AS service
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="orchestrator" \
      org.opencontainers.image.description="Control plane for fleets of machine-learning workers." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Logs go to standard output alone.
ENV ORCHESTRATOR_RESULTS_DIR=/data/results \
    LOG_FILE=
COPY --from=packages --chown=65532:65532 /app/data /data
COPY --from=packages /app/node_modules ./node_modules
COPY --from=packages /app/sbom.cdx.json ./
COPY --from=build /app/dist ./dist
COPY scripts/healthcheck.mjs ./
COPY package.json LICENSE ./
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["/usr/local/bin/node", "healthcheck.mjs"]
# No shell and no npm in between: signals reach the process.
CMD ["/usr/local/bin/node", "dist/main.js"]
