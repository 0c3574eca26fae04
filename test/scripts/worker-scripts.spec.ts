/** What each worker script answers and writes: one test per outcome. */
import { KEY } from '../../src/redis/keys';
import { startScriptBench, type ScriptBench } from './scripts';

let bench: ScriptBench;

beforeAll(async () => {
  bench = await startScriptBench();
});
afterAll(() => bench.stop());
beforeEach(async () => {
  await bench.redis.client.flushall();
  await bench.worker('w');
});

const heartbeat = `${KEY.worker}w${KEY.heartbeatSuffix}`;
const TTL = '120000000';
const registration = { worker_id: 'w', started_at: 'then', pid: '1', announced: '1' };

describe('register-worker', () => {
  it('knows the same process again and makes another one unproven', async () => {
    expect(await bench.run('register-worker', registration)).toEqual(['registered']);
    await bench.redis.client.hset(`${KEY.lease}w`, 'proven', '1');
    expect(await bench.run('register-worker', registration)).toEqual(['known']);
    expect(await bench.run('register-worker', { ...registration, pid: '2' })).toEqual(['registered']);
    expect(await bench.lease('w')).toMatchObject({ proven: '0' });
  });

  it('names the task that the process before it held', async () => {
    await bench.run('register-worker', registration);
    await bench.submit({ a: [] });
    await bench.dispatch('a', 'w', 'try-1');
    expect(await bench.run('register-worker', { ...registration, pid: '2' })).toEqual([
      'replaced',
      'a',
      'try-1',
    ]);
  });
});

describe('observe-worker', () => {
  const observe = (): Promise<unknown[]> =>
    bench.run('observe-worker', { worker_id: 'w', heartbeat_ttl_us: TTL });

  it('takes a heartbeat that changes as life', async () => {
    expect(await observe()).toEqual(['alive']);
    await bench.redis.client.hset(`${KEY.lease}w`, 'heard_at', '1');
    await bench.redis.client.set(heartbeat, 'beat-2');
    expect(await observe()).toEqual(['alive']);
  });

  it('takes one that has not changed for the TTL as silence, though the key is still there', async () => {
    await observe();
    await bench.redis.client.hset(`${KEY.lease}w`, 'heard_at', '1');
    expect(await observe()).toEqual(['stale', '1', '1']);
    expect(await observe()).toEqual(['stale', '1', '0']);
    await bench.redis.client.set(heartbeat, 'beat-2');
    expect(await observe()).toEqual(['returned']);
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
});

describe('remove-worker and restore-worker', () => {
  const remove = (): Promise<unknown[]> =>
    bench.run('remove-worker', { worker_id: 'w', heartbeat_ttl_us: TTL, keep_sec: '100' });
  const restore = (): Promise<unknown[]> => bench.run('restore-worker', { worker_id: 'w' });

  it('leave a living worker alone', async () => {
    await bench.run('observe-worker', { worker_id: 'w', heartbeat_ttl_us: TTL });
    expect(await remove()).toEqual(['alive']);
    expect(await restore()).toEqual(['unknown']);
  });

  it('keep the hash of a silent one, and put it back with what is newer', async () => {
    await bench.redis.client.del(heartbeat);
    expect(await remove()).toEqual(['removed']);
    expect(await remove()).toEqual(['unknown']);
    expect(await bench.redis.client.sismember(KEY.workerIds, 'w')).toBe(0);
    await bench.redis.client.hset(`${KEY.worker}w`, 'last_seen', 'now');
    expect(await restore()).toEqual(['restored']);
    expect(await bench.redis.client.hgetall(`${KEY.worker}w`)).toMatchObject({
      status: 'IDLE',
      last_seen: 'now',
    });
    expect(await bench.redis.client.sismember(KEY.workerIds, 'w')).toBe(1);
    expect(await bench.redis.client.ttl(`${KEY.worker}w`)).toBe(-1);
  });
});
