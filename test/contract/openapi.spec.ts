/** The OpenAPI document in docs/ is the one that the built service gives. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

interface Operation {
  summary?: string;
  tags?: string[];
  security?: object[];
  responses: Record<string, { content?: Record<string, unknown> }>;
}
const { paths, components } = JSON.parse(readFileSync(join(ROOT, 'docs/openapi.json'), 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> };
};
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, operation })),
);

test('docs/openapi.json is up to date (npm run docs:openapi)', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/generate-openapi.mjs', '--check'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

test('it names every route', () => {
  expect(Object.keys(paths).sort()).toEqual(
    expect.arrayContaining([
      '/admin/cleanup',
      '/api/v1/results',
      '/api/v1/results/{id}',
      '/api/v1/results/{id}/files',
      '/api/v1/results/{id}/files/{name}',
      '/api/v1/tasks',
      '/api/v1/tasks/{id}',
      '/api/v1/uploads',
      '/api/v1/uploads/{id}',
      '/healthz',
      '/metrics',
      '/readyz',
      '/workers',
      '/workers/{id}',
    ]),
  );
});

test.each(operations)(
  '$name has a summary, a tag and, unless it is open, the bearer scheme',
  ({ path, operation }) => {
    expect(operation.summary).toMatch(/\w/);
    expect(operation.tags).toHaveLength(1);
    const open = path === '/healthz' || path === '/readyz';
    expect(operation.security ?? []).toEqual(open ? [] : expect.arrayContaining([{ bearer: [] }]));
  },
);

test.each(operations)('$name answers its errors as problem+json', ({ operation }) => {
  for (const [status, response] of Object.entries(operation.responses)) {
    if (Number(status) >= 400)
      expect(Object.keys(response.content ?? {})).toEqual(['application/problem+json']);
  }
});

test('the schemas and the scheme are there', () => {
  expect(Object.keys(components.schemas)).toEqual(expect.arrayContaining(['ProblemDto', 'TaskRecordDto']));
  expect(components.securitySchemes).toHaveProperty('bearer');
});
