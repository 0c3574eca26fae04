/** The lease on scheduling, and what the scripts answer to a replica that does not have it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScriptArguments } from '../../src/redis/script-contracts';
import { KEY } from '../../src/redis/keys';
import { waitFor } from '../helpers/wait';
import { byKind, type ScriptBench, startScriptBench } from './scripts';

let bench: ScriptBench;

beforeAll(async () => {
  bench = await startScriptBench();
});
afterAll(() => bench.stop());
beforeEach(() => bench.redis.client.flushall());

const LEASE_MS = 60_000;
const lead = (epoch: string, leaseMs = LEASE_MS): Promise<(string | number)[]> =>
  bench.run('lead', { epoch, replica: `replica of ${epoch}`, lease_ms: String(leaseMs) });

describe('lead', () => {
  it('takes a lease that nobody has, and renews its own within the same term', async () => {
    expect(await lead('e-1')).toEqual(['leading', 1, 1, 'e-1']);
    await bench.redis.client.pexpire(KEY.leader, 1_000);
    expect(await lead('e-1')).toEqual(['leading', 1, 2, 'e-1']);
    expect(await bench.redis.client.pttl(KEY.leader)).toBeGreaterThan(1_000);
    expect(await bench.redis.client.hgetall(KEY.leader)).toMatchObject({
      epoch: 'e-1',
      replica: 'replica of e-1',
      term: '1',
    });
  });

  it('says who has it and for how long, and leaves that lease as it is', async () => {
    await lead('e-1');
    await bench.redis.client.pexpire(KEY.leader, 5_000);
    const before = await bench.everything();
    const [standing, replica, remainingMs, pulse] = await lead('e-2');
    expect([standing, replica, pulse]).toEqual(['following', 'replica of e-1', 1]);
    expect(remainingMs).toBeGreaterThan(0);
    expect(remainingMs).toBeLessThanOrEqual(5_000);
    expect(await bench.everything()).toEqual(before);
    expect(await bench.redis.client.pttl(KEY.leader)).toBeLessThanOrEqual(5_000);
  });

  it('takes it in a new term once it has run out', async () => {
    await lead('e-1', 30);
    await waitFor('the lease to run out', async () => (await bench.redis.client.exists(KEY.leader)) === 0);
    expect(await lead('e-2')).toEqual(['leading', 2, 2, 'e-1']);
    expect(await lead('e-1')).toEqual(['following', 'replica of e-2', expect.any(Number), 2, 'e-1']);
  });

  it('begins a new term for a leader whose own lease ran out', async () => {
    await lead('e-1', 1);
    await sleep(5);
    await waitFor('the lease to run out', async () => (await bench.redis.client.exists(KEY.leader)) === 0);
    expect(await lead('e-1')).toEqual(['leading', 2, 2, 'e-1']);
  });

  it('counts a pulse that grows with each renewal and goes back with a Redis that lost writes', async () => {
    const pulses = [await lead('e-1'), await lead('e-1'), await lead('e-1')].map((answer) => answer[2]);
    expect(pulses).toEqual([1, 2, 3]);
    expect((await lead('e-2'))[3]).toBe(3);
    await bench.redis.client.flushall();
    expect((await lead('e-1'))[2]).toBe(1);
  });

  it('names the data set by its first leader, until Redis is emptied', async () => {
    await lead('e-1');
    await bench.run('resign', { epoch: 'e-1' });
    expect((await lead('e-2')).at(-1)).toBe('e-1');
    expect((await lead('e-3')).at(-1)).toBe('e-1');
    await bench.redis.client.flushall();
    expect((await lead('e-3')).at(-1)).toBe('e-3');
    expect((await lead('e-2')).at(-1)).toBe('e-3');
  });
});

describe('resign', () => {
  it('frees the lease and rings, so that another replica takes it at once', async () => {
    await lead('e-1');
    await bench.rings();
    expect(await bench.run('resign', { epoch: 'e-1' })).toEqual(['resigned']);
    expect(await bench.rings()).toEqual({ vacant: ['e-1'] });
    expect(await lead('e-2')).toEqual(['leading', 2, 2, 'e-1']);
  });

  it('rings for everybody also where the one who resigns would hear it with the answer', async () => {
    await lead('e-1');
    await bench.rings();
    const ring = jest.fn();
    bench.scripts.ringAt({ epoch: 'e-1', ring, flushesSoon: false });
    await bench.run('resign', { epoch: 'e-1' });
    bench.scripts.ringAt({ epoch: '', ring: () => undefined, flushesSoon: false });
    expect(ring).not.toHaveBeenCalled();
    expect(await bench.rings()).toEqual({ vacant: ['e-1'] });
  });

  it('does not free the lease of another', async () => {
    await lead('e-1');
    const before = await bench.everything();
    await bench.rings();
    expect(await bench.run('resign', { epoch: 'e-2' })).toEqual(['not_leader']);
    expect(await bench.everything()).toEqual(before);
    expect(await bench.rings()).toEqual({});
  });

  it('has nothing to free when nobody leads', async () => {
    expect(await bench.run('resign', { epoch: 'e-1' })).toEqual(['not_leader']);
  });
});

describe('what only the leader may do', () => {
  const sent = { task_id: 'sent', status: 'DISPATCHED', attempt_id: 'try-1' };
  const shards = [
    { id: 's0', fields: ['name', 's0', 'resources', '{}', 'shard_index', '0'], document: '{}' },
  ];
  const scripts: [sentence: string, run: (epoch: string) => Promise<unknown>, done: string][] = [
    ['dispatch-task', (epoch) => bench.dispatch('queued', 'free', 'try-2', { epoch }), 'dispatched'],
    [
      'split-task',
      (epoch) =>
        bench.run('split-task', {
          epoch,
          task_id: 'queued',
          expected_attempt_id: '',
          shards_json: JSON.stringify(shards),
        }),
      'split',
    ],
    [
      'requeue-task',
      (epoch) =>
        bench.run('requeue-task', { ...sent, epoch, cause: 'lost', reason: 'gone', rest_max_us: '1' }),
      'applied',
    ],
    ['abort-task', (epoch) => bench.abort('sent', { ...sent, epoch, heard: '0' }), 'applied'],
    [
      'back-off-task',
      (epoch) =>
        bench.run('back-off-task', { ...sent, epoch, delay_us: '0', error_text: 'timeout', heard: '0' }),
      'applied',
    ],
  ];

  beforeEach(async () => {
    await bench.submit({ sent: [], queued: [] });
    await bench.worker('busy');
    await bench.worker('free');
    await bench.dispatch('sent', 'busy', 'try-1');
  });

  const expectRefused = async (run: (epoch: string) => Promise<unknown>): Promise<void> => {
    const before = await bench.everything();
    await bench.rings();
    await bench.announced();
    expect(await run('old')).toEqual(['not_leader']);
    expect(await bench.everything()).toEqual(before);
    expect(await bench.rings()).toEqual({});
    expect(await bench.announced()).toEqual([]);
  };

  it.each(scripts)('%s is refused to a deposed leader, and nothing changes', async (_, run) => {
    await bench.electLeader('new');
    await expectRefused(run);
  });

  it.each(scripts)('%s is refused to a leader whose lease ran out, and nothing changes', async (_, run) => {
    await expectRefused(run);
  });

  it.each(scripts)('%s is done for the leader', async (_, run, done) => {
    await bench.electLeader('new');
    expect(await run('new')).toContain(done);
  });

  it.each(scripts)('%s is done by whatever replica when it is nobody’s conclusion', async (_, run, done) => {
    await bench.electLeader('new');
    expect(await run('')).toContain(done);
  });
});

describe('what a script rings for', () => {
  const ring = jest.fn<undefined, [bell: string]>();
  const submitFrom = async (
    epoch: string,
    graph: Record<string, string[]> = { a: [] },
    change: Partial<ScriptArguments<'submit-run'>> = {},
  ): Promise<{ home: unknown; channel: unknown }> => {
    await lead('e-1');
    await bench.rings();
    ring.mockClear();
    bench.scripts.ringAt({ epoch, ring, flushesSoon: false });
    await bench.submit(graph, Object.keys(graph).join(), change);
    bench.scripts.ringAt({ epoch: '', ring, flushesSoon: false });
    return {
      home: byKind(ring.mock.calls.map(([bell]) => bell)),
      channel: await bench.rings(),
    };
  };
  const bell = { ready: [expect.objectContaining({ id: 'a' })] };

  it('comes with the answer to whoever schedules, and is no message then', async () => {
    expect(await submitFrom('e-1')).toEqual({ home: bell, channel: {} });
  });

  it('leaves out what whoever schedules has queued already: tasks of the document that wait for nothing', async () => {
    const graph = { a: [], b: ['a'] };
    expect(await submitFrom('e-1', graph, { is_expected: '1' })).toEqual({ home: {}, channel: {} });
    expect(await bench.ready()).toEqual(['a']);
    // A task that is done already is waited for no more, which only the script knows.
    await bench.complete('a');
    await bench.complete('b');
    const after = { ready: [expect.objectContaining({ id: 'c' })] };
    expect(await submitFrom('e-1', { c: ['b'] }, { is_expected: '1' })).toEqual({
      home: after,
      channel: {},
    });
  });

  it('does not leave them out where the caller does not schedule (any more)', async () => {
    expect(await submitFrom('e-0', { a: [] }, { is_expected: '1' })).toEqual({ home: {}, channel: bell });
  });

  it.each([
    ['leaves out what waited for a task and is queued already, where the caller schedules', 'e-1', ['c']],
    ['leaves out nothing of it where the caller does not (any more)', 'e-0', ['b', 'c']],
  ])('%s', async (_, epoch, rung) => {
    await lead('e-1');
    await bench.submit({ a: [], b: ['a'], c: ['a'], d: ['a', 'c'] });
    await bench.rings();
    ring.mockClear();
    bench.scripts.ringAt({ epoch, ring, flushesSoon: false });
    await bench.complete('a', { expected: '["b","d"]' });
    bench.scripts.ringAt({ epoch: '', ring, flushesSoon: false });
    const told = { ...(await bench.rings()), ...byKind(ring.mock.calls.map(([bell]) => bell)) };
    expect(told.ready).toEqual(rung.map((id) => expect.objectContaining({ id })));
    expect(await bench.ready()).toEqual(['b', 'c']);
  });

  it.each(['', 'e-0'])('is a message where the caller does not schedule (any more): %j', async (epoch) => {
    expect(await submitFrom(epoch)).toEqual({ home: {}, channel: bell });
  });
});
