/** How the service leaves: nobody who talks to it while it does hears an error. */
import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KEY } from '../../src/redis/keys';
import { Client } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { TEST_TIMEOUT_MS } from '../helpers/flow';
import { failOnLeftProcesses } from '../helpers/leaks';
import { startRedis, type TestRedis } from '../helpers/redis';
import { type Service, startService } from '../helpers/service';
import { waitFor } from '../helpers/wait';

jest.setTimeout(TEST_TIMEOUT_MS);

let redis: TestRedis;
let directory: string;
let service: Service;
let api: Client;

beforeAll(async () => {
  redis = await startRedis();
  directory = await mkdtemp(join(tmpdir(), 'orchestrator-leaving-'));
});
afterEach(async () => {
  await service.kill();
  await redis.client.flushall();
});
afterAll(async () => {
  await redis.stop();
  await rm(directory, { recursive: true });
  await failOnLeftProcesses();
});

async function begin(drainSec: string, graceSec: string): Promise<void> {
  service = await startService({
    redisUrl: redis.url,
    resultsDir: join(directory, 'results'),
    env: { SHUTDOWN_DRAIN_SEC: drainSec, SHUTDOWN_GRACE_SEC: graceSec, LEADER_LEASE_SEC: '60' },
  });
  api = new Client(service.url);
}

const isLeaving = () =>
  waitFor('it not to be ready', async () => (await api.request('/readyz')).status === 503);

/** A submission of which only a part is sent. */
function slowPost(): { post: ClientRequest; rest: string; answer: Promise<IncomingMessage> } {
  const text = aTask().toYaml();
  const post = request(`${service.url}/api/v1/tasks`, {
    method: 'POST',
    headers: { 'Content-Type': 'text/yaml', 'Content-Length': Buffer.byteLength(text) },
  });
  post.write(text.slice(0, 20));
  const answer = once(post, 'response').then(([response]) => response as IncomingMessage);
  answer.catch(() => undefined);
  return { post, rest: text.slice(20), answer };
}

test('after SIGTERM new connections are served for a while, and told to come back elsewhere', async () => {
  await begin('2', '20');
  service.signal('SIGTERM');
  await isLeaving();
  const taken = await api.submitRaw(aTask());
  expect([taken.status, taken.headers.get('connection')]).toEqual([201, 'close']);
  const alive = await api.request('/healthz');
  expect([alive.status, alive.headers.get('connection')]).toEqual([200, 'close']);
  const nowhere = await api.request('/nowhere');
  expect([nowhere.status, nowhere.headers.get('connection')]).toEqual([404, 'close']);
  expect(await service.untilGone(20_000)).toBe(0);
});

test('another replica may schedule before the listener closes', async () => {
  await begin('6', '20');
  expect(await redis.client.exists(KEY.leader)).toBe(1);
  service.signal('SIGTERM');
  await waitFor('the lease to be given back', async () => (await redis.client.exists(KEY.leader)) === 0);
  expect((await api.request('/healthz')).status).toBe(200);
});

test('as long as a POST is under way it and others are taken', async () => {
  await begin('0', '30');
  const { post, rest, answer } = slowPost();
  await once(post, 'socket');
  await sleep(200);
  service.signal('SIGTERM');
  await isLeaving();
  expect((await api.submitRaw(aTask())).status).toBe(201);
  post.end(rest);
  const { statusCode, headers } = await answer;
  expect([statusCode, headers.connection]).toEqual([201, 'close']);
  expect(await service.untilGone(20_000)).toBe(0);
});

test('a POST that does not end is cut off when the grace is over', async () => {
  await begin('0', '1');
  const { post, answer } = slowPost();
  await once(post, 'socket');
  await sleep(200);
  service.signal('SIGTERM');
  await expect(answer).rejects.toThrow(/ECONNRESET|socket hang up/);
  expect(await service.untilGone(20_000)).toBe(0);
});

test('after SIGINT nothing is waited for but what is under way', async () => {
  await begin('600', '600');
  service.signal('SIGINT');
  expect(await service.untilGone(20_000)).toBe(0);
});

test('a second signal ends it at once, with code 1', async () => {
  await begin('600', '600');
  service.signal('SIGTERM');
  await isLeaving();
  await sleep(1_100);
  service.signal('SIGTERM');
  expect(await service.untilGone(20_000)).toBe(1);
});
