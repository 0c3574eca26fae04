/** The service as a process while Redis is missing, comes, goes, or is none to work with. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type Problem } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { Fleet } from '../helpers/fleet';
import { TEST_TIMEOUT_MS } from '../helpers/flow';
import { failOnLeftProcesses } from '../helpers/leaks';
import { LASTING, type RedisSettings, startRedis, type TestRedis } from '../helpers/redis';
import { launchService, type Service } from '../helpers/service';
import { waitFor } from '../helpers/wait';

jest.setTimeout(TEST_TIMEOUT_MS);

let directory: string;
const left: (() => unknown)[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orchestrator-away-'));
});
afterEach(async () => {
  for (const end of left.splice(0).reverse()) await end();
  await rm(directory, { recursive: true, force: true });
  await failOnLeftProcesses();
});

async function aRedis(settings: RedisSettings = {}): Promise<TestRedis> {
  const redis = await startRedis(settings);
  left.push(() => redis.stop());
  return redis;
}

async function launch(
  redis: TestRedis,
  env: Record<string, string> = {},
  preload: readonly string[] = [],
): Promise<{ service: Service; api: Client }> {
  const service = await launchService({
    redisUrl: redis.url,
    resultsDir: join(directory, 'results'),
    env: { LOG_LEVEL: 'INFO', ...env },
    preload,
  });
  left.push(() => service.kill());
  const api = new Client(service.url);
  return { service, api };
}

const statusOf = (api: Client, path: string): Promise<number> =>
  api.request(path).then(
    ({ status }) => status,
    () => 0,
  );
const listens = (api: Client) =>
  waitFor('it to listen', async () => (await statusOf(api, '/healthz')) === 200);
const isUnready = (api: Client) =>
  waitFor('it not to be ready', async () => (await statusOf(api, '/readyz')) === 503);
const messages = (service: Service): string[] => service.logLines().map(({ msg }) => String(msg));
const aboutRedis = (service: Service): string[] =>
  messages(service).filter((line) => line.startsWith('Redis at'));

test('the service starts without Redis, says so in one line, and begins when it comes', async () => {
  const redis = await aRedis();
  await redis.crash();
  const { service, api } = await launch(redis);
  await listens(api);
  const unready = await api.request('/readyz');
  expect([unready.status, unready.headers.get('retry-after')]).toEqual([503, '1']);
  for (const request of [api.request('/api/v1/tasks'), api.request('/workers'), api.submitRaw(aTask())]) {
    const answer = await request;
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(((await answer.json()) as Problem).type).toBe('urn:orchestrator:unavailable');
  }
  expect(aboutRedis(service)).toHaveLength(1);

  await redis.restart();
  await service.untilReady();
  await waitFor('the other line', () => aboutRedis(service).length > 1);
  expect(aboutRedis(service)).toEqual([
    expect.stringContaining('cannot be used'),
    expect.stringContaining('answers again'),
  ]);
  await api.submitOne(aTask());
});

test('it goes on through one outage after the other, and leaves nothing unhandled', async () => {
  const redis = await aRedis();
  const { service, api } = await launch(redis);
  await service.untilReady();
  for (let time = 0; time < 2; time += 1) {
    await redis.crash();
    await isUnready(api);
    // Whatever runs on a timer runs meanwhile.
    await sleep(2_500);
    expect(await statusOf(api, '/healthz')).toBe(200);
    await redis.restart();
    await service.untilReady();
  }
  expect(messages(service).filter((line) => line.includes('unhandled'))).toEqual([]);
  await waitFor('the last line', () => aboutRedis(service).length >= 4);
  expect(aboutRedis(service)).toHaveLength(4);
});

test('a Redis that stands still makes it unready, and no more than that', async () => {
  const redis = await aRedis();
  const { service, api } = await launch(redis);
  await service.untilReady();
  process.kill(redis.pid, 'SIGSTOP');
  try {
    await waitFor('one line', () => aboutRedis(service).length === 1);
    expect([await statusOf(api, '/healthz'), await statusOf(api, '/readyz')]).toEqual([200, 503]);
  } finally {
    process.kill(redis.pid, 'SIGCONT');
  }
  await service.untilReady();
  await waitFor('the other line', () => aboutRedis(service).length === 2);
});

test('a pause of its own process costs at most one new connection', async () => {
  const redis = await aRedis();
  const { service, api } = await launch(redis);
  await service.untilReady();
  service.signal('SIGSTOP');
  await sleep(5_000);
  service.signal('SIGCONT');
  await waitFor('an answer', async () => (await statusOf(api, '/healthz')) === 200);
  await sleep(4_000);
  await service.untilReady();
  expect(aboutRedis(service).filter((line) => line.includes('cannot be used')).length).toBeLessThanOrEqual(1);
});

test.each<[what: string, settings: RedisSettings, env: Record<string, string>, said: string]>([
  ['a cluster', { 'cluster-enabled': 'yes' }, {}, 'REDIS_URL is a Redis Cluster'],
  [
    'one that forgets, where that is ruled out',
    {},
    { REQUIRE_DURABLE_REDIS: 'true' },
    'Redis forgets everything when it restarts (appendonly is no, and save is empty): set appendonly yes',
  ],
])('%s ends the service with code 1 and one line, once it is reached', async (_what, settings, env, said) => {
  const redis = await aRedis(settings);
  await redis.crash();
  const { service, api } = await launch(redis, env);
  await listens(api);
  await redis.restart();
  expect(await service.untilGone()).toBe(1);
  const plain = service
    .logs()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('{'));
  expect(plain).toEqual([expect.stringContaining(said)]);
});

test('one that forgets in the place of one that lasted is left alone, and results and files are taken meanwhile', async () => {
  const redis = await aRedis(LASTING);
  const { service, api } = await launch(redis, { REQUIRE_DURABLE_REDIS: 'true' });
  await service.untilReady();
  const fleet = await Fleet.start({ redisUrl: redis.url }, [{ id: 'w' }]);
  left.push(() => fleet.kill());
  const id = await api.submitOne(aTask().simulate({ gate: 'never' }));
  await api.until(id, 'RUNNING');
  const attempt = { 'X-Orchestrator-Attempt': fleet.message(id).attempt_id };
  // So that nobody but the service has something to write.
  await fleet.kill();
  await redis.crash();
  await isUnready(api);

  await redis.restart({ appendonly: 'no' });
  const reason = 'redis Redis forgets everything when it restarts (appendonly is no, and save is empty)';
  await waitFor('the reason', async () => (await (await api.request('/readyz')).text()).includes(reason));
  const file = await api.request(`/api/v1/results/${id}/files/model.bin`, {
    method: 'PUT',
    headers: { ...attempt, 'content-type': 'application/octet-stream' },
    body: 'weights',
  });
  const result = await api.request('/api/v1/results', {
    method: 'POST',
    headers: { ...attempt, 'content-type': 'application/json' },
    body: JSON.stringify({ task_id: id, result: { n: 1 } }),
  });
  const submission = await api.submitRaw(aTask());
  expect([file.status, result.status, submission.status]).toEqual([202, 202, 503]);
  // It is looked at a few times more, and on a further connection.
  await sleep(2_500);
  await redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal');
  await waitFor('the reason again', async () =>
    (await (await api.request('/readyz')).text()).includes(reason),
  );
  expect(await redis.client.dbsize()).toBe(0);
  expect(
    service.logLines().filter(({ level, msg }) => level === 'ERROR' && String(msg).includes('forgets')),
  ).toHaveLength(1);

  await redis.crash();
  await redis.restart();
  await service.untilReady();
  await api.until(id, 'DONE');
  expect([(await api.result(id)).result, (await api.files(id)).map(({ name }) => name)]).toEqual([
    { n: 1 },
    ['model.bin'],
  ]);
  expect(service.isRunning()).toBe(true);
});

test('it leaves with code 0 also while Redis is away', async () => {
  const redis = await aRedis();
  const { service, api } = await launch(redis);
  await service.untilReady();
  await redis.crash();
  await isUnready(api);
  service.signal('SIGTERM');
  expect(await service.untilGone()).toBe(0);
});

test('a failure that nobody handles is a line in the log, and no end', async () => {
  const planted = join(directory, 'planted.cjs');
  await writeFile(planted, "process.on('SIGUSR2', () => Promise.reject(new Error('planted')));\n");
  const redis = await aRedis();
  const { service, api } = await launch(redis, {}, [planted]);
  await service.untilReady();
  service.signal('SIGUSR2');
  const line = await waitFor('the line', () =>
    service.logLines().find(({ msg }) => String(msg).includes('unhandled')),
  );
  expect(line).toMatchObject({ level: 'ERROR', err: { message: 'planted' } });
  expect(await statusOf(api, '/healthz')).toBe(200);
});
