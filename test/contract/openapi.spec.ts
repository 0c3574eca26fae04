/** The OpenAPI document in docs/ is the one that the built service gives, and says all that clients are made from. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../helpers/programs';
import { check, examplesOf, type Media, openApi, type Operation, operations, PROBLEM } from './openapi';

/** What every route can answer: late headers, large headers, a fault of the service. */
const EVERYWHERE = ['408', '431', '500'];
const OPEN = ['/healthz', '/readyz'];
/** What an answer brings whoever gives it; only what can be had in parts is 206 or 304, only what is elsewhere 307. */
const DUE_HEADERS: Readonly<Record<string, string[]>> = {
  206: ['ETag', 'Content-Range'],
  304: ['ETag'],
  307: ['Location'],
  401: ['WWW-Authenticate'],
  423: ['Retry-After'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};
/** Bodies of a size that the client chooses. */
const hasBody = ({ requestBody }: Operation): boolean => requestBody !== undefined;

const mediaOf = ({ requestBody, responses }: Operation): [string, Media][] => [
  ...Object.entries(requestBody?.content ?? {}).map(([type, media]): [string, Media] => [
    `request ${type}`,
    media,
  ]),
  ...Object.entries(responses).flatMap(([status, { content = {} }]) =>
    Object.entries(content).map(([type, media]): [string, Media] => [`${status} ${type}`, media]),
  ),
];

test('docs/openapi.json is up to date (npm run docs:openapi)', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/generate-openapi.mjs', '--check'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

test('the document says what it is, where it is served, under which licence and how one gets in', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(openApi.info).toMatchObject({
    title: expect.stringMatching(/\w/),
    description: expect.stringMatching(/\w/),
    version,
    license: { name: 'Apache-2.0', url: expect.stringMatching(/^https:/) },
  });
  expect(openApi.servers).not.toHaveLength(0);
  expect(openApi.tags.filter(({ description }) => description === undefined)).toEqual([]);
  expect(Object.keys(openApi.components.securitySchemes)).toContain('bearer');
});

test('no two operations have the same id', () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

describe.each(operations)('$name', ({ path, method, operation }) => {
  test('has an id to call it by, a summary and a tag that is explained', () => {
    expect(operation.operationId).toMatch(/^[a-z][A-Za-z0-9]+$/);
    expect(operation.summary).toMatch(/\w/);
    expect(operation.tags).toHaveLength(1);
    expect(openApi.tags.map(({ name }) => name)).toContain(operation.tags?.[0]);
  });

  test('says who gets in', () => {
    if (OPEN.includes(path)) {
      expect(operation.security).toEqual([]);
      return;
    }
    expect(operation.security).toEqual(expect.arrayContaining([{ bearer: [] }]));
    for (const scheme of operation.security!.flatMap((entry) => Object.keys(entry))) {
      expect(openApi.components.securitySchemes).toHaveProperty(scheme);
    }
  });

  test('describes its parameters', () => {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const described = operation.parameters ?? [];
    expect(described.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(inPath);
    expect(described.filter(({ description }) => !/\w/.test(description ?? ''))).toEqual([]);
    for (const { name, example, schema } of described) {
      const value = example ?? schema?.example;
      expect([name, value === undefined ? 'no example' : check(schema!, value)]).toEqual([name, '']);
    }
  });

  test('gives an example of everything that it takes and answers, and each is valid', () => {
    for (const [where, media] of mediaOf(operation)) {
      const isDownload = media.schema?.format === 'binary' && !where.startsWith('request');
      if (!isDownload) expect([where, examplesOf(media).length]).not.toEqual([where, 0]);
      expect([where, media.schema]).not.toEqual([where, undefined]);
      for (const example of examplesOf(media)) {
        expect([where, check(media.schema!, example)]).toEqual([where, '']);
      }
    }
  });

  test('describes each answer', () => {
    const answers = Object.entries(operation.responses);
    expect(answers.filter(([, { description }]) => !/\w/.test(description))).toEqual([]);
    expect(answers.some(([status]) => /^[23]/.test(status))).toBe(true);
  });

  test('names the headers that its answers bring', () => {
    for (const [status, { headers = {} }] of Object.entries(operation.responses)) {
      const due = ['X-Request-Id', ...(DUE_HEADERS[status] ?? [])];
      expect([status, Object.keys(headers)]).toEqual([status, expect.arrayContaining(due)]);
    }
  });

  test('answers its errors as problem+json, and names all that can come', () => {
    const errors = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
    for (const [status, { content }] of errors) {
      expect([status, Object.keys(content ?? {})]).toEqual([status, [PROBLEM]]);
    }
    const due = [
      ...EVERYWHERE,
      ...(OPEN.includes(path) ? [] : ['401']),
      // What can be done at a path is told without a look at what is there.
      ...(path.includes('{') ? ['400', ...(method === 'options' ? [] : ['404'])] : []),
      ...(hasBody(operation) ? ['400', '413'] : []),
    ];
    expect(errors.map(([status]) => status)).toEqual(expect.arrayContaining(due));
  });
});
