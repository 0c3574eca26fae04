/** What each worker script answers and writes: one test per outcome. */
import { CHANNEL, KEY } from '../../src/redis/keys';
import { PublishedMessages } from './published';
import { startScriptBench, type ScriptBench } from './scripts';

let bench: ScriptBench;
let events: PublishedMessages;

beforeAll(async () => {
  bench = await startScriptBench();
  events = await PublishedMessages.on(bench.redis, [CHANNEL.workerEvents]);
});
afterAll(() => bench.stop());
beforeEach(async () => {
  await bench.redis.client.flushall();
  await bench.worker('w');
});

const heartbeat = `${KEY.worker}w${KEY.heartbeatSuffix}`;
const TTL = '120000000';
const registration = { worker_id: 'w', started_at: 'then', pid: '1', announced: '1' };
const observe = (excused = '0'): Promise<unknown[]> =>
  bench.run('observe-worker', { worker_id: 'w', heartbeat_ttl_us: TTL, excused });
const remove = (): Promise<unknown[]> =>
  bench.run('remove-worker', { worker_id: 'w', heartbeat_ttl_us: TTL, keep_sec: '100' });
const setLease = (fields: Record<string, string>): Promise<number> =>
  bench.redis.client.hset(`${KEY.lease}w`, fields);
/** `WORKER_STALE w`, since the last call. */
const announced = async (): Promise<string[]> =>
  (await events.take()).map(({ message }) => {
    const { type, worker_id } = JSON.parse(message) as { type: string; worker_id: string };
    return `${type} ${worker_id}`;
  });

describe('register-worker', () => {
  it('knows the same process again and makes another one unproven', async () => {
    expect(await bench.run('register-worker', registration)).toEqual(['registered']);
    await setLease({ proven: '1' });
    await bench.redis.client.expire(`${KEY.lease}w`, 100);
    expect(await bench.run('register-worker', registration)).toEqual(['known']);
    expect(await bench.redis.client.ttl(`${KEY.lease}w`)).toBe(-1);
    expect(await bench.run('register-worker', { ...registration, pid: '2' })).toEqual(['registered']);
    expect(await bench.lease('w')).toMatchObject({ proven: '0' });
  });

  it('takes a worker that was sent a task before it was registered for the same process', async () => {
    await bench.submit({ a: [] });
    await bench.redis.client.del(`${KEY.lease}w`);
    await bench.dispatch('a', 'w', 'try-1');
    const { started_at: startedAt = '' } = await bench.redis.client.hgetall(`${KEY.worker}w`);
    const first = { worker_id: 'w', started_at: startedAt, pid: '1', announced: '0' };
    expect(await bench.run('register-worker', first)).toEqual(['registered']);
    const another = { ...first, started_at: 'later' };
    expect(await bench.run('register-worker', another)).toEqual(['replaced', 'a', 'try-1']);
  });

  it('names the task that the process before it held', async () => {
    await bench.run('register-worker', registration);
    await bench.submit({ a: [] });
    await bench.dispatch('a', 'w', 'try-1');
    const again = (): Promise<unknown[]> => bench.run('register-worker', { ...registration, pid: '2' });
    expect([await again(), await again()]).toEqual([
      ['replaced', 'a', 'try-1'],
      ['replaced', 'a', 'try-1'],
    ]);
    await bench.run('complete-task', {
      task_id: 'a',
      status: 'DISPATCHED',
      attempt_id: 'try-1',
      worker_id: '',
      result_sha256: '',
      result_id: '',
      heard: '1',
      indexed: '0',
      expected: '',
    });
    expect(await again()).toEqual(['known']);
  });
});

describe('observe-worker', () => {
  it('takes a heartbeat that changes as life', async () => {
    expect(await observe()).toEqual(['alive']);
    await setLease({ heard_at: '1' });
    await bench.redis.client.set(heartbeat, 'beat-2');
    expect(await observe()).toEqual(['alive']);
  });

  it('takes one that has not changed for the TTL as silence, though the key is still there', async () => {
    await observe();
    await setLease({ heard_at: '1' });
    await announced();
    expect(await observe()).toEqual(['stale', '1', '1']);
    expect(await observe()).toEqual(['stale', '1', '0']);
    expect(await announced()).toEqual(['WORKER_STALE w']);
    await bench.rings();
    await bench.redis.client.set(heartbeat, 'beat-2');
    expect(await observe()).toEqual(['returned']);
    expect(await announced()).toEqual(['WORKER_RETURNED w']);
    expect(await bench.rings()).toEqual({ changed: ['w'] });
  });

  it('takes a key that is gone as silence, unless the worker has just registered', async () => {
    await observe();
    await bench.redis.client.del(heartbeat);
    expect((await observe())[0]).toBe('stale');
    await bench.run('register-worker', { ...registration, pid: '2' });
    expect(await observe()).toEqual(['alive']);
  });

  it('does not take being on the list as life', async () => {
    await bench.redis.client.del(heartbeat);
    await bench.run('register-worker', { ...registration, announced: '0' });
    expect((await observe())[0]).toBe('stale');
  });

  it('calls nobody stale while the silence may be our own fault', async () => {
    await observe();
    await setLease({ heard_at: '1' });
    await announced();
    expect(await observe('1')).toEqual(['alive']);
    expect(await announced()).toEqual([]);
    expect(await observe('0')).toEqual(['stale', '1', '1']);
  });

  it('lets whoever was stale before stay so while silence is excused, and return', async () => {
    await observe();
    await setLease({ heard_at: '1' });
    await observe('0');
    expect(await observe('1')).toEqual(['stale', '1', '0']);
    await bench.redis.client.set(heartbeat, 'beat-2');
    expect(await observe('1')).toEqual(['returned']);
  });

  it('takes what lies in the future, by the clock of another Redis, as just now, and from then on', async () => {
    const future = '9000000000000000';
    await observe();
    await setLease({ heard_at: future, registered_at: future });
    expect(await observe()).toEqual(['alive']);
    const { heard_at, registered_at } = await bench.lease('w');
    for (const at of [heard_at, registered_at]) expect(Number(at)).toBeLessThan(Number(future));
    await bench.redis.client.del(heartbeat);
    expect(await observe()).toEqual(['alive']);
    await setLease({ registered_at: '1' });
    expect((await observe())[0]).toBe('stale');
  });

  it('says with a silent worker when it was heard, even if that lies in the future', async () => {
    await observe();
    await setLease({ heard_at: '9000000000000000' });
    expect(await observe()).toEqual(['alive']);
    await bench.redis.client.del(heartbeat);
    const [answer, heardAt] = await observe();
    expect(answer).toBe('stale');
    expect(Number(heardAt)).toBeLessThan(9_000_000_000_000_000);
  });
});

describe('read-workers', () => {
  const read = async (...ids: string[]): Promise<unknown> => {
    const [, json] = await bench.run('read-workers', { worker_ids_json: JSON.stringify(ids) });
    return JSON.parse(json) as unknown;
  };

  it('gives all that is known of each, in the order in which they are asked for', async () => {
    await observe();
    await bench.redis.client.hset(`${KEY.worker}w`, 'tags_json', '["ü","\\u0000"]');
    const known = { listed: true, heartbeat: 'beat-1', lease: await bench.lease('w') };
    expect(await read('nobody', 'w')).toEqual([
      { listed: false, heartbeat: false, hash: {}, lease: {} },
      { ...known, hash: await bench.redis.client.hgetall(`${KEY.worker}w`) },
    ]);
  });

  it('takes keys of another type for holes', async () => {
    await bench.redis.client.set(`${KEY.worker}x`, 'text');
    await bench.redis.client.hset(`${KEY.worker}x${KEY.heartbeatSuffix}`, 'a', 'hash');
    expect(await read('x')).toEqual([{ listed: false, heartbeat: false, hash: {}, lease: {} }]);
  });

  it('ends behind the one with which there is enough for an answer', async () => {
    for (const id of ['x', 'y']) await bench.worker(id, { env_json: 'x'.repeat(40_000) });
    await bench.worker('z', { env_json: 'x'.repeat(400_000) });
    const countRead = async (...ids: string[]): Promise<number> => ((await read(...ids)) as unknown[]).length;
    expect([await countRead('x', 'y', 'w'), await countRead('z', 'w'), await countRead('w', 'x')]).toEqual([
      2, 1, 2,
    ]);
  });
});

describe('remove-worker', () => {
  it('leaves a living worker alone', async () => {
    await observe();
    expect(await remove()).toEqual(['alive']);
  });

  it('keeps the hash of a silent one for a while, and rings', async () => {
    await bench.redis.client.del(heartbeat);
    await bench.rings();
    await announced();
    expect(await remove()).toEqual(['removed']);
    expect(await bench.rings()).toEqual({ removed: ['w'] });
    expect(await announced()).toEqual(['WORKER_REMOVED w']);
    expect(await bench.redis.client.sismember(KEY.workerIds, 'w')).toBe(0);
    expect(await bench.redis.client.exists(`${KEY.worker}w`)).toBe(0);
    expect(await bench.redis.client.hgetall(`${KEY.removedWorker}w`)).toMatchObject({ status: 'IDLE' });
    expect(await bench.redis.client.ttl(`${KEY.removedWorker}w`)).toBeGreaterThan(0);
    // Sent again.
    expect(await remove()).toEqual(['removed']);
  });

  it('rings for the task that it held, which is nobody’s now', async () => {
    await bench.submit({ a: [] });
    await bench.dispatch('a', 'w', 'try-1');
    await bench.redis.client.del(heartbeat);
    await bench.rings();
    expect(await remove()).toEqual(['removed']);
    expect(await bench.rings()).toEqual({ removed: ['w'], orphaned: [['a', 'try-1', 'w']] });
  });
});

describe('restore-worker', () => {
  const restore = (): Promise<unknown[]> => bench.run('restore-worker', { worker_id: 'w' });
  const remember = (): Promise<unknown[]> =>
    bench.run('remember-worker', {
      worker_id: 'w',
      hash_json: JSON.stringify(['status', 'STARTING', 'started_at', 'then', 'pid', '1']),
      keep_sec: '100',
    });
  const returned = async (): Promise<Record<string, string>> => {
    const { client } = bench.redis;
    expect(await client.sismember(KEY.workerIds, 'w')).toBe(1);
    expect(await client.ttl(`${KEY.worker}w`)).toBe(-1);
    expect(await client.exists(`${KEY.removedWorker}w`)).toBe(0);
    return client.hgetall(`${KEY.worker}w`);
  };

  it('puts back the hash that cleanup kept, with what is newer', async () => {
    await bench.redis.client.del(heartbeat);
    await remove();
    await bench.redis.client.hset(`${KEY.worker}w`, 'last_seen', 'now');
    await bench.redis.client.set(heartbeat, 'beat-2');
    await bench.rings();
    await announced();
    expect(await restore()).toEqual(['restored']);
    expect(await returned()).toMatchObject({ status: 'IDLE', last_seen: 'now' });
    expect(await bench.rings()).toEqual({ changed: ['w'] });
    expect(await announced()).toEqual(['WORKER_RETURNED w']);
    expect(await bench.redis.client.ttl(`${KEY.lease}w`)).toBe(-1);
  });

  it('puts back the hash that Redis forgot, as it was read last', async () => {
    await bench.redis.client.flushall();
    await bench.redis.client.set(heartbeat, 'beat-2');
    expect(await remember()).toEqual(['kept']);
    expect(await bench.redis.client.ttl(`${KEY.removedWorker}w`)).toBeGreaterThan(0);
    expect(await restore()).toEqual(['restored']);
    expect(await returned()).toEqual({ status: 'STARTING', started_at: 'then', pid: '1' });
    expect(await observe()).toEqual(['alive']);
  });

  it('overwrites no field that the worker has written since', async () => {
    await bench.redis.client.flushall();
    await bench.redis.client.hset(`${KEY.worker}w`, { status: 'IDLE', last_seen: 'now' });
    await bench.redis.client.set(heartbeat, 'beat-2');
    await remember();
    expect(await restore()).toEqual(['restored']);
    expect(await returned()).toEqual({ status: 'IDLE', last_seen: 'now', started_at: 'then', pid: '1' });
  });

  it('takes what cleanup kept rather than what is remembered', async () => {
    await bench.redis.client.del(heartbeat);
    await remove();
    expect(await remember()).toEqual(['known']);
    await bench.redis.client.set(heartbeat, 'beat-2');
    await restore();
    expect(await returned()).toMatchObject({ status: 'IDLE' });
  });

  it('does not bring back a worker that said goodbye before its last heartbeat was heard', async () => {
    const { client } = bench.redis;
    await client.srem(KEY.workerIds, 'w');
    await client.del(`${KEY.worker}w`, heartbeat);
    expect([await remember(), await restore()]).toEqual([['kept'], ['unknown']]);
    expect(await client.smembers(KEY.workerIds)).toEqual([]);
    expect(await client.exists(`${KEY.worker}w`)).toBe(0);
  });

  it('does nothing for a worker that is listed, or of which nothing is known', async () => {
    const before = await bench.everything();
    expect([await remember(), await restore()]).toEqual([['known'], ['unknown']]);
    expect(await bench.everything()).toEqual(before);
    await bench.redis.client.flushall();
    expect(await restore()).toEqual(['unknown']);
    expect(await bench.everything()).toEqual({});
  });
});
