# The service alone: no sample worker, no development packages, not root.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --workspaces=false
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY scripts/bundle.mjs ./scripts/
COPY scripts/lib/network.mjs scripts/lib/paths.mjs ./scripts/lib/
# With the Node that runs it: V8 takes the compiled code of its own version only.
RUN npx nest build && node scripts/bundle.mjs

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --workspaces=false && npm cache clean --force

FROM node:24-slim
ENV NODE_ENV=production \
    ORCHESTRATOR_RESULTS_DIR=/data/results \
    LOG_FILE=
WORKDIR /app
RUN mkdir -p /data/results && chown -R node:node /data
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
USER node
VOLUME /data
EXPOSE 8000
# No shell and no npm in between: signals reach the process.
CMD ["node", "dist/main.js"]
