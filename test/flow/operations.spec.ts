/** Starting, stopping, probing: what the operator of the service meets. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { Fleet } from '../helpers/fleet';
import { TEST_TIMEOUT_MS } from '../helpers/flow';
import { failOnLeftProcesses } from '../helpers/leaks';
import { startRedis, type TestRedis } from '../helpers/redis';
import { refusedStart, type Service, startService } from '../helpers/service';
import { waitFor } from '../helpers/wait';

jest.setTimeout(TEST_TIMEOUT_MS);

describe('the service', () => {
  let redis: TestRedis;
  let directory: string;
  const started: { stop(): Promise<void> }[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    directory = await mkdtemp(join(tmpdir(), 'orchestrator-operations-'));
  });
  afterEach(async () => {
    for (const one of started.splice(0)) await one.stop();
    await redis.client.flushall();
  });
  afterAll(async () => {
    await redis.stop();
    await rm(directory, { recursive: true });
    await failOnLeftProcesses();
  });

  const begin = async (
    env: Record<string, string | null> = {},
  ): Promise<{ service: Service; api: Client }> => {
    const service = await startService({ redisUrl: redis.url, resultsDir: join(directory, 'results'), env });
    started.push(service);
    return { service, api: new Client(service.url) };
  };
  const workers = async (topic?: string): Promise<Fleet> => {
    const settings = { redisUrl: redis.url, ...(topic === undefined ? {} : { topic }) };
    const fleet = await Fleet.start(settings, [{ id: 'w' }]);
    started.unshift(fleet);
    return fleet;
  };

  test('is ready only while Redis answers, and alive all the time', async () => {
    const { api } = await begin();
    const statusOf = async (path: string): Promise<number> => (await api.request(path)).status;
    expect([await statusOf('/healthz'), await statusOf('/readyz')]).toEqual([200, 200]);
    expect(await (await api.request('/healthz')).json()).toEqual({ ok: true });

    await redis.crash();
    await waitFor('not to be ready', async () => (await statusOf('/readyz')) === 503);
    expect(await statusOf('/healthz')).toBe(200);

    await redis.restart();
    await waitFor('to be ready again', async () => (await statusOf('/readyz')) === 200);
    await workers();
    const id = await api.submitOne(aTask('after-the-fall'));
    expect(await api.until(id, 'DONE')).toMatchObject({ retries: 0 });
  });

  test('keeps its tasks in Redis: another process goes on where one stopped', async () => {
    const first = await begin();
    const ids = await first.api.submitIds(aTask('lasting').stages({ name: 'a' }, { name: 'b' }));
    await first.service.stop();

    const second = await begin();
    expect((await second.api.tasks()).map((record) => record.status)).toEqual(['PENDING', 'PENDING']);
    const fleet = await workers();
    await second.api.untilAll(ids, 'DONE');
    expect(fleet.received().map((received) => received.task_id)).toEqual(ids);
  });

  test('ends with exit code 0 on SIGTERM, also while a task runs', async () => {
    const { service, api } = await begin();
    const fleet = await workers();
    const id = await api.submitOne(aTask().simulate({ gate: 'never' }));
    await fleet.seen('started', { task_id: id });
    await service.stop();
  });

  test('speaks on the topic that it is told', async () => {
    const { api } = await begin({ TASK_TOPIC: 'elsewhere' });
    await workers('elsewhere');
    expect(await api.until(await api.submitOne(aTask()), 'DONE')).toMatchObject({ topic: 'elsewhere' });
  });

  test('logs JSON with the id of the task on every line about it, placement included', async () => {
    const { service, api } = await begin();
    const fleet = await workers();
    const id = await api.submitOne(
      aTask('"},{"level":"error"').simulate({ gate: 'go' }).retry({ maxRetries: 0 }),
    );
    await api.until(id, 'RUNNING');
    const failed = {
      type: 'TASK_FAILED',
      worker_id: 'w',
      task_id: id,
      ts: 'x',
      error: 'one\n{"forged":true}',
    };
    await redis.client.publish('tasks.events', JSON.stringify(failed));
    await api.until(id, 'FAILED');
    fleet.open('go');
    const lines = service.logLines();
    expect(
      service
        .logs()
        .trim()
        .split('\n')
        .filter((line) => !line.startsWith('{')),
    ).toEqual([]);
    expect(lines.some((line) => line.forged === true)).toBe(false);
    expect(lines.filter((line) => JSON.stringify(line).includes(id)).length).toBeGreaterThanOrEqual(2);
    expect(lines.some((line) => line.task_id === id && /\bw\b/.test(JSON.stringify(line)))).toBe(true);
  });

  test('describes and measures itself', async () => {
    const { api } = await begin();
    const description = (await (await api.request('/docs-json')).json()) as {
      paths: Record<string, unknown>;
    };
    expect(Object.keys(description.paths)).toEqual(
      expect.arrayContaining([
        '/healthz',
        '/readyz',
        '/workers',
        '/admin/cleanup',
        '/api/v1/tasks',
        '/api/v1/results',
      ]),
    );
    expect((await api.request('/docs')).status).toBe(200);
    expect(await (await api.request('/metrics')).text()).toMatch(/^# TYPE /m);
  });

  test('takes the rest of its configuration from a file', async () => {
    const file = join(directory, 'config.yaml');
    await writeFile(file, 'MAX_RETRIES: 7\nMAX_MESSAGE_BYTES: 1_000_000\n');
    const { api } = await begin({ CONFIG_FILE: file });
    const submission = await api.submit(aTask().cpu(512));
    expect(submission.tasks[0]).toMatchObject({ max_retries: 7 });
  });

  test('does not start with mistakes in its configuration, and names all of them', async () => {
    const { code, output } = await refusedStart({
      REDIS_URL: redis.url,
      PORT: 'eighty',
      LOG_LEVEL: 'LOUD',
      HEARTBEAT_TTL_SEC: '-3',
    });
    expect(code).not.toBe(0);
    for (const [name, value] of [
      ['PORT', 'eighty'],
      ['LOG_LEVEL', 'LOUD'],
      ['HEARTBEAT_TTL_SEC', '-3'],
    ] as const) {
      expect(output).toMatch(new RegExp(`${name}[^]*${value}`));
    }
  });

  test('refuses to start without REDIS_URL, in one clear line', async () => {
    const { code, output } = await refusedStart({ PORT: '8000' });
    expect(code).not.toBe(0);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(output).toContain('REDIS_URL');
  });
});
