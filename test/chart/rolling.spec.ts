/**
 * What the chart promises of upgrades and outages, with real processes in the place of pods: two replicas roll, and
 * nothing that is sent fails; Redis goes away, and nothing restarts and no result is lost.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { Fleet } from '../helpers/fleet';
import { failOnLeftProcesses } from '../helpers/leaks';
import { freePort } from '../helpers/processes';
import { LASTING, startRedis, type TestRedis } from '../helpers/redis';
import { waitFor } from '../helpers/wait';
import { at, begin, offsetOf, patch } from '../http/tus';
import { type Call, meanwhile, Pods, send } from './lib/pods';

jest.setTimeout(90_000);

/** Only there does every address below 127/8 lead here. */
const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('replicas as the chart runs them', () => {
  let redis: TestRedis;
  let directory: string;
  let port: number;
  let pods: Pods;
  let fleet: Fleet;
  let resets = 0;
  /** Stopped after the test, however it ends: a loop that goes on would keep the process. */
  let loops: ReturnType<typeof meanwhile>[];
  const during = (everyMs: number, act: () => Promise<void>): void => {
    loops.push(meanwhile(everyMs, act));
  };
  const stopLoops = async (): Promise<void> => {
    await Promise.all(loops.map((loop) => loop.stop()));
  };

  beforeEach(async () => {
    loops = [];
    redis = await startRedis(LASTING);
    directory = await mkdtemp(join(tmpdir(), 'orchestrator-pods-'));
    port = await freePort();
    pods = new Pods({
      redisUrl: redis.url,
      resultsDir: join(directory, 'results'),
      port,
      preStopMs: 1_000,
      // The hook alone has to do: no time is left for late connections after SIGTERM.
      env: { SHUTDOWN_GRACE_SEC: '20', SHUTDOWN_DRAIN_SEC: '0', LOG_LEVEL: 'INFO' },
    });
    await Promise.all([pods.start('a'), pods.start('b')]);
    fleet = await Fleet.start({ redisUrl: redis.url }, [{ id: 'w1' }, { id: 'w2' }]);
  });
  afterEach(async () => {
    await stopLoops();
    await fleet.stop();
    await pods.stop();
    await redis.stop();
    await rm(directory, { recursive: true });
    await failOnLeftProcesses();
  });

  /** Through the API's Service: one ready replica, picked at random. */
  const toApi = (call: Call): Promise<number | string> => {
    const ready = [...pods.ready];
    const picked = Math.floor(Math.random() * ready.length);
    return send(call, ready.slice(picked, picked + 1), port);
  };
  /**
   * Through the results Service: its name stands for every replica, also one that is about to go or has just gone. As
   * the sample worker does, a connection that breaks is tried again: one that was made in the instant in which a
   * listener closes is reset by the system.
   */
  const toResults = async (call: Call): Promise<number | string> => {
    const first = await send(call, [...pods.all], port);
    if (first !== 'ECONNRESET') return first;
    resets += 1;
    return send(call, [...pods.all], port);
  };

  const api = (): Client => new Client(`http://${[...pods.ready][0]!}:${String(port)}`);
  const submission = (name: string): Call => ({
    method: 'POST',
    path: '/api/v1/tasks',
    body: aTask(name).toYaml(),
    headers: { 'Content-Type': 'text/yaml' },
  });
  const held = async (): Promise<string> => {
    const id = await api().submitOne(aTask('held').simulate({ gate: 'end' }));
    await fleet.seen('started', { task_id: id });
    return id;
  };

  test('an upgrade loses nothing: no submission, no upload', async () => {
    const id = await held();
    const submitted: (number | string)[] = [];
    const uploaded: (number | string)[] = [];
    during(20, async () => {
      submitted.push(await toApi(submission(`task-${String(submitted.length)}`)));
    });
    during(10, async () => {
      const path = `/api/v1/results/${id}/files/part-${String(uploaded.length)}.bin`;
      const body = Buffer.alloc(1 + Math.floor(Math.random() * 200_000), path);
      uploaded.push(await toResults({ method: 'PUT', path, body }));
    });

    // As `maxSurge: 1, maxUnavailable: 0` has it: a new one is ready before an old one goes.
    await pods.start('c');
    await pods.delete('a');
    await pods.start('d');
    await pods.delete('b');

    await stopLoops();
    expect(submitted.filter((status) => status !== 201)).toEqual([]);
    expect(uploaded.filter((status) => status !== 201)).toEqual([]);
    // At most one for each replica that went.
    expect(resets).toBeLessThanOrEqual(2);
    expect(Math.min(submitted.length, uploaded.length)).toBeGreaterThan(10);
    fleet.open('end');
    await api().until(id, 'DONE');
    await waitFor('every submission to end', async () => {
      const records = await api().tasks();
      return records.every(({ status }) => status === 'DONE');
    });
  });

  test('an outage of Redis restarts no replica, empties the API`s Service, and loses no file', async () => {
    const id = await held();
    const probes: (number | string)[] = [];
    during(50, async () => {
      for (const address of pods.all) {
        probes.push(await send({ method: 'GET', path: '/healthz', body: '' }, [address], port));
      }
    });
    await redis.crash();
    await waitFor('no replica to be ready', () => pods.ready.size === 0);
    expect(await toApi(submission('nowhere'))).toBe('no endpoint');
    const path = `/api/v1/results/${id}/files/kept.bin`;
    expect(await toResults({ method: 'PUT', path, body: 'while it was away' })).toBe(202);

    // A resumable upload is begun at one replica, and goes on at the other.
    const [one, other] = [...pods.all].map((address) => ({ url: `http://${address}:${String(port)}` }));
    const upload = await begin(one!, { task_id: id, filename: 'resumed.bin' }, 11);
    expect((await patch(upload, 0, 'while ')).status).toBe(204);
    expect(await offsetOf(at(upload, other!))).toBe(6);
    expect((await patch(at(upload, other!), 6, 'it is')).status).toBe(204);

    await redis.restart();
    await waitFor('both to be ready', () => pods.ready.size === 2);
    await stopLoops();
    expect(probes.filter((status) => status !== 200)).toEqual([]);
    expect(pods.allRun()).toBe(true);
    const resumed = `/api/v1/results/${id}/files/resumed.bin`;
    for (const each of [path, resumed]) {
      await waitFor('the file', async () => (await api().request(each)).status === 200);
    }
    expect(await (await api().request(path)).text()).toBe('while it was away');
    expect(await (await api().request(resumed)).text()).toBe('while it is');
    expect(await toApi(submission('somewhere'))).toBe(201);
  });
});
