/** A whole fleet, read in few calls, and what need not be written of it. */
import fc from 'fast-check';
import { loadConfig } from '../../src/config/load-config';
import { trustedTaskId, trustedWorkerId, type WorkerId } from '../../src/core/ids';
import { Metrics } from '../../src/metrics/metrics';
import { KEY } from '../../src/redis/keys';
import { RedisClock } from '../../src/redis/redis-clock';
import { Scripts } from '../../src/redis/scripts';
import { Grace } from '../../src/workers/grace';
import { WorkerPresence } from '../../src/workers/worker-presence';
import { WorkerReader } from '../../src/workers/worker-reader';
import { WorkerRegistry } from '../../src/workers/worker-registry';
import type { WorkerView } from '../../src/workers/worker-view';
import { dumpStore } from '../scripts/store-dump';
import { readerOf, useConnections } from './bench';

const TASK = trustedTaskId('t1');
const PROCESS = { started_at: 'then', pid: '1' };

const { redis, connections } = useConnections();

beforeEach(() => redis().client.flushall());

async function register(id: string, hash: Record<string, string> = {}): Promise<WorkerId> {
  await redis().client.sadd(KEY.workerIds, id);
  await redis().client.hset(KEY.worker + id, { worker_id: id, status: 'IDLE', ...PROCESS, ...hash });
  await redis().client.set(KEY.worker + id + KEY.heartbeatSuffix, 'beat-1');
  return trustedWorkerId(id);
}

const fleetOf = (count: number, hash: Record<string, string> = {}): Promise<WorkerId[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => register(`w-${String(i).padStart(4, '0')}`, hash)));

describe('reading a fleet', () => {
  it('gives everybody, in order, however much they say', async () => {
    const ids = await fleetOf(230, { env_json: JSON.stringify({ says: 'x'.repeat(2_000) }) });
    const views = await readerOf(connections()).readMany(ids);
    expect(views.map(({ id }) => id)).toEqual(ids);
    expect(views.every(({ listed, report }) => listed && report.env.says === 'x'.repeat(2_000))).toBe(true);
  });

  it('takes a few calls, not some for each worker', async () => {
    await fleetOf(1_000);
    const registry = new WorkerRegistry(readerOf(connections()));
    await redis().client.config('RESETSTAT');
    await registry.refreshAll();
    expect(registry.size).toBe(1_000);
    const stats = await redis().client.info('commandstats');
    expect(Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1])).toBeLessThan(20);
  });

  it('forgets who has left', async () => {
    const [first, second] = await fleetOf(2);
    const registry = new WorkerRegistry(readerOf(connections()));
    await registry.refreshAll();
    await redis().client.srem(KEY.workerIds, first!);
    await registry.refreshAll();
    expect([...registry.all()].map(({ id }) => id)).toEqual([second]);
  });

  it('does not let what was read undo what was heard meanwhile', async () => {
    const [id] = await fleetOf(1);
    // What is heard comes when the answer has been made.
    class Overtaken extends WorkerReader {
      override async readFirst(ids: readonly WorkerId[]): Promise<WorkerView[]> {
        const views = await super.readFirst(ids);
        if (hear) await hear();
        return views;
      }
    }
    let hear: (() => Promise<void>) | null = null;
    const scripts = new Scripts(connections(), new Metrics());
    const registry = new WorkerRegistry(new Overtaken(connections(), scripts));
    await registry.refreshAll();
    hear = async () => {
      hear = null;
      await redis().client.hset(KEY.worker + id!, { status: 'RUNNING', extra_task_id: TASK });
      registry.noteStatus(id!, { status: 'RUNNING', taskId: TASK, lastTask: null });
    };
    await registry.refreshAll();
    expect(registry.get(id!)?.report).toMatchObject({ status: 'RUNNING', extraTaskId: TASK });
  });
});

describe('who is as noted', () => {
  const TTL_SEC = 60;
  /** Mostly as it is with somebody who is as noted. */
  const mostly = <T>(usual: T, ...others: T[]): fc.Arbitrary<T> =>
    fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, ...others.map((other) => fc.constant(other)));
  const HOUR_US = 3_600_000_000;
  const state = fc.record({
    hash: fc.record({ started_at: mostly('then', 'later', 'None'), pid: mostly('1', '2', '?') }),
    heartbeat: mostly<string | null>('beat-1', 'beat-2', null),
    lease: fc.record({
      started_at: mostly<string | null>('then', 'later', null),
      pid: mostly<string | null>('1', '2', '', null),
      task_id: mostly<string | null>(null, 't1'),
      attempt_id: mostly<string | null>(null, 'try-1'),
      orphaned: mostly<string | null>(null, 'try-1', 'try-0'),
      heartbeat: mostly<string | null>('beat-1', 'beat-2', null),
      stale: mostly<string | null>('0', '1', null),
    }),
    heardAgoUs: mostly<number | null>(1_000_000, -HOUR_US, HOUR_US, null),
    registeredAgoUs: mostly<number | null>(1_000_000, -HOUR_US, HOUR_US, null),
  });

  function presence(): { presence: WorkerPresence; clock: RedisClock } {
    const config = loadConfig({
      REDIS_URL: redis().url,
      HEARTBEAT_TTL_SEC: String(TTL_SEC),
      RECOVERY_GRACE_SEC: '0',
    });
    const clock = new RedisClock(connections());
    const scripts = new Scripts(connections(), new Metrics());
    const made = new WorkerPresence(scripts, connections(), clock, new Grace(config), config);
    return { presence: made, clock };
  }

  it('whoever says the same as before, and said so a moment ago', async () => {
    const id = await register('w');
    const { presence: made, clock } = presence();
    const look = async (): Promise<WorkerView> => readerOf(connections()).read(id);
    expect(made.isAsNoted(await look())).toBe(false);
    await made.registered(await look(), true);
    await made.observe(id);
    // A guess is late by what the answer to it took: whoever was heard after that answer would seem to be in the future.
    await clock.nowUs();
    expect(made.isAsNoted(await look())).toBe(true);
    await redis().client.set(KEY.worker + id + KEY.heartbeatSuffix, 'beat-2');
    expect(made.isAsNoted(await look())).toBe(false);
  });

  it('nobody of whom a script would find or write anything', async () => {
    const { presence: made, clock } = presence();
    const reader = readerOf(connections());
    let noted = 0;
    await fc.assert(
      fc.asyncProperty(state, async ({ hash, heartbeat, lease, heardAgoUs, registeredAgoUs }) => {
        await redis().client.flushall();
        const id = await register('w', hash);
        const key = KEY.worker + id + KEY.heartbeatSuffix;
        await (heartbeat === null ? redis().client.del(key) : redis().client.set(key, heartbeat));
        const now = await clock.nowUs();
        const at = (agoUs: number | null): string | null => (agoUs === null ? null : String(now - agoUs));
        const fields = { ...lease, heard_at: at(heardAgoUs), registered_at: at(registeredAgoUs) };
        for (const [name, value] of Object.entries(fields))
          if (value !== null) await redis().client.hset(KEY.lease + id, name, value);
        const view = await reader.read(id);
        if (!made.isAsNoted(view)) return;
        noted += 1;
        const before = await dumpStore(redis().client);
        expect(await made.registered(view, false)).toBeNull();
        expect(await made.observe(id)).toEqual(['alive']);
        expect(await dumpStore(redis().client)).toEqual(before);
      }),
      { numRuns: 600 },
    );
    expect(noted).toBeGreaterThan(30);
  });
});
