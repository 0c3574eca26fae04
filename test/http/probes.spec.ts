/** The application as it is put together for production, in this process: its routes, its probes, and who gets in. */
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import request from 'supertest';
import type { AppConfig } from '../../src/config/app-config';
import { loadConfig } from '../../src/config/load-config';
import { createApp } from '../../src/main-app';
import { operations } from '../contract/openapi';
import { startRedis, type TestRedis } from '../helpers/redis';
import { waitFor } from '../helpers/wait';

interface Router {
  stack: { route?: { path: unknown; methods: Record<string, boolean> } }[];
}

/** `get /api/v1/tasks/{id}` of each route that Nest has given to Express. */
const routesOf = ({ router }: { router: Router }): string[] =>
  router.stack.flatMap(({ route }) => {
    if (typeof route?.path !== 'string' || route.path.includes('*')) return [];
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    return Object.keys(route.methods).map((method) => `${method} ${path}`);
  });

describe('the whole application', () => {
  let redis: TestRedis;
  let directory: string;
  let config: AppConfig;
  let app: NestExpressApplication;
  const http = (of = app) => request(of.getHttpServer());

  beforeAll(async () => {
    redis = await startRedis();
    directory = await mkdtemp(join(tmpdir(), 'orchestrator-probes-'));
    config = loadConfig({
      REDIS_URL: redis.url,
      ORCHESTRATOR_RESULTS_DIR: join(directory, 'results'),
      ORCHESTRATOR_TOKEN: 'first,second',
      LOG_FILE: '',
      LOG_LEVEL: 'ERROR',
    });
    app = await createApp(config);
    await app.init();
  });
  afterAll(async () => {
    await app.close();
    await redis.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('answers both probes without a token', async () => {
    await http().get('/healthz').expect(200, { ok: true });
    await waitFor('readiness', async () => (await http().get('/readyz')).status === 200);
  });

  it.each(['/workers', '/api/v1/tasks', '/metrics', '/docs', '/docs-json', '/nowhere'])(
    'lets nobody at %s without a token, and says how to come in',
    async (path) => {
      const refused = await http().get(path).expect(401);
      expect(refused.headers['www-authenticate']).toMatch(/^Bearer/);
      expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
      await http().get(path).set('Authorization', 'Bearer wrong').expect(401);
    },
  );

  it('has the routes of docs/openapi.json, and no other', () => {
    const routes = routesOf(app.getHttpAdapter().getInstance() as unknown as { router: Router });
    // Some of GET are described as HEAD too, which has no route of its own there.
    const described = operations
      .filter(({ operation }) => !(operation.operationId ?? '').endsWith('Head'))
      .map(({ name }) => name);
    expect(routes.filter((route) => !/ \/docs\b/.test(route)).sort()).toEqual(described.sort());
  });

  it('tells a wrong method from a wrong path', async () => {
    const bearer = { Authorization: 'Bearer first' };
    const wrong = await http().delete('/api/v1/tasks').set(bearer).expect(405);
    expect(wrong.headers.allow).toBe('GET, HEAD, POST');
    await http().delete('/api/v1/nothing').set(bearer).expect(404);
    const { text } = await http().get('/metrics').set(bearer).expect(200);
    expect(text).toMatch(
      /http_request_duration_seconds_count\{method="DELETE",route="none",status="404"\} 1/,
    );
  });

  it.each(['first', 'second'])('takes the token "%s", so that tokens can be rotated', async (token) => {
    await http().get('/workers').set('Authorization', `Bearer ${token}`).expect(200, []);
  });

  it('is not ready while its volume takes no files, and leaves none behind', async () => {
    const results = join(directory, 'results');
    const isReady = async (): Promise<boolean> => (await http().get('/readyz')).status === 200;
    await rename(results, `${results}-away`);
    await writeFile(results, 'in its place');
    await waitFor('readiness to go', async () => !(await isReady()));
    const answer = await http().get('/readyz');
    expect(answer.body).toMatchObject({
      errors: [
        { path: 'disk', code: 'down', message: expect.stringMatching(/^cannot be written \(E/) as string },
      ],
    });
    await http().get('/healthz').expect(200, { ok: true });
    await rm(results);
    await rename(`${results}-away`, results);
    await waitFor('readiness to come back', isReady);
    expect((await readdir(results)).filter((name) => name.startsWith('.probe'))).toEqual([]);
  });

  it('is not ready before it hears the channels and has recovered what they left', async () => {
    // A server may refuse the channels alone, and cuts off who listens.
    const channels = (rule: string) => redis.client.call('ACL', 'SETUSER', 'default', rule);
    await channels('resetchannels');
    const late = await createApp(config);
    await late.init();
    const answer = await http(late).get('/readyz').expect(503);
    expect(answer.body).toMatchObject({
      errors: [
        { path: 'events', message: 'not subscribed' },
        { path: 'scheduling', message: 'recovering' },
      ],
    });
    await http(late).get('/healthz').expect(200, { ok: true });
    await waitFor('the other one to say so', async () => (await http().get('/readyz')).status === 503);

    await channels('allchannels');
    for (const each of [late, app]) {
      await waitFor('readiness to come back', async () => (await http(each).get('/readyz')).status === 200);
    }
    await late.close();
  });

  it('is alive but not ready while Redis is away, and says when to ask again', async () => {
    await redis.crash();
    await waitFor('readiness to go', async () => (await http().get('/readyz')).status === 503);
    const answer = await http().get('/readyz');
    expect(answer.headers['retry-after']).toBeDefined();
    await http().get('/healthz').expect(200, { ok: true });
    await redis.restart();
    await waitFor('readiness to come back', async () => (await http().get('/readyz')).status === 200);
  });
});
