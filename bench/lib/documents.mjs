/** The YAML documents that are submitted: small tasks of several shapes, as a client would write them. */

/** The request that submits one. */
export const submission = (document) => ({ headers: { 'content-type': 'text/yaml' }, body: document });

const head = (name, taskType, { cpu = 1, destination } = {}) => `apiVersion: v1
kind: Task
metadata:
  name: ${name}
spec:
  taskType: ${taskType}
  resources:
    replicas: 1
    hardware:
      cpu: ${cpu}
      memory: 1GiB
${destination === undefined ? '' : `  output:\n    destination:\n      type: http\n      url: ${destination}\n`}`;

/** One task. With a `destination` its result is posted, else it is a file in shared storage. */
export const single = (name, options) => `${head(name, 'echo', options)}  echo: Hello from ${name}\n`;

/** So many tasks that wait for nothing. */
export const wide = (name, count, options) =>
  `${head(name, 'echo', options)}  graph:\n    nodes:\n${nodes(count)}`;

const nodes = (count) =>
  Array.from(
    { length: count },
    (_, index) => `      - name: n${index}\n        spec:\n          echo: part ${index}\n`,
  ).join('');

/** So many stages, each of which waits for the one before it. */
export const chain = (name, count, options) =>
  `${head(name, 'echo', options)}  stages:\n${Array.from({ length: count }, (_, index) => `    - name: s${index}\n`).join('')}`;

/** Inference over items, which is cut into so many shards. */
export const sharded = (name, shards, options) => `${head(name, 'inference', options)}  parallel:
    enabled: true
    max_shards: ${shards}
  data:
    type: list
    items:
${Array.from({ length: shards * 4 }, (_, index) => `      - item ${index}\n`).join('')}`;
