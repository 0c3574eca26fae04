// Who may import whom, as docs/ARCHITECTURE.md draws it: modules are wired downhill, so nothing calls back up.
const ALLOWED = {
  core: [],
  config: ['core'],
  metrics: ['core', 'http'],
  tracing: ['core', 'config', 'metrics'],
  auth: ['core', 'config'],
  http: ['core', 'config', 'auth'],
  logging: ['core', 'config', 'http'],
  redis: ['core', 'config', 'metrics'],
  threads: [],
  tasks: ['core', 'config', 'metrics', 'tracing', 'http', 'redis', 'threads'],
  workers: ['core', 'config', 'metrics', 'http', 'redis'],
  delivery: ['core', 'config', 'metrics'],
  artifacts: ['core', 'config', 'metrics', 'http', 'auth', 'redis', 'tasks'],
  uploads: ['core', 'config', 'metrics', 'http', 'redis', 'tasks', 'artifacts'],
  results: ['core', 'config', 'metrics', 'http', 'redis', 'threads', 'tasks', 'artifacts'],
  scheduler: [
    'core',
    'config',
    'metrics',
    'http',
    'redis',
    'tasks',
    'workers',
    'artifacts',
    'results',
    'delivery',
  ],
  manifests: ['core', 'config', 'metrics', 'http', 'redis', 'tasks', 'artifacts', 'results'],
  health: ['core', 'config', 'http', 'auth', 'redis'],
};

const arrows = Object.entries(ALLOWED).map(([module, allowed]) => ({
  name: `${module}-imports`,
  comment: `src/${module} imports ${allowed.join(', ') || 'nothing'} and itself, nothing else of ours`,
  severity: 'error',
  from: { path: `^src/${module}/` },
  to: { path: '^src/', pathNot: `^src/(?:${[module, ...allowed].join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...arrows,
    {
      name: 'a-folder-has-its-arrows',
      comment: 'A new folder below src gets its row in the table above.',
      severity: 'error',
      from: { path: `^src/(?!(?:${Object.keys(ALLOWED).join('|')})/)[^/]+/` },
      to: {},
    },
    {
      name: 'the-core-is-pure',
      comment: 'No framework, no Redis, no files, no network: only the YAML parser.',
      severity: 'error',
      from: { path: '^src/core/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: ['^src/core/', '^node_modules/yaml/', '^node:crypto$', '^crypto$'] },
    },
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nothing imports is left over.',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: ['\\.d\\.ts$', '\\.spec\\.ts$'] },
      to: {},
    },
    {
      name: 'the-root-is-not-imported',
      comment: 'Only what composes the application knows all of it.',
      severity: 'error',
      from: { path: '^src/[^/]+/' },
      to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'no-tests-in-production',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: ['\\.spec\\.ts$', '^test/'] },
    },
    {
      name: 'no-development-packages',
      severity: 'error',
      // What sends traces, or speaks to object storage, is a bundle of its own, with its packages in it.
      from: {
        path: '^src/',
        pathNot: ['\\.spec\\.ts$', '^src/tracing/otlp\\.ts$', '^src/artifacts/s3-(?:objects|parts)\\.ts$'],
      },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.spec\\.ts$' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
