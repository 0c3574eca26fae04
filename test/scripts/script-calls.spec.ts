// Scripts that are asked for at one time share a call to Redis, and nothing else.
import { KEY } from '../../src/redis/keys';
import { type ScriptBench, startScriptBench } from './scripts';

let bench: ScriptBench;

beforeAll(async () => {
  bench = await startScriptBench();
});
afterAll(() => bench.stop());
beforeEach(() => bench.redis.client.flushall());

/** How many calls of scripts Redis has had. */
async function calls(): Promise<number> {
  const stats = await bench.redis.client.info('commandstats');
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

async function callsOf(work: () => Promise<unknown>): Promise<number> {
  const before = await calls();
  await work();
  return (await calls()) - before;
}

const complete = (id: string): ReturnType<ScriptBench['complete']> => bench.complete(id);

test('scripts of one turn of the event loop go in one call, and are answered each', async () => {
  await bench.submit({ a: [], b: ['a'], c: [] });
  let answers: unknown[] = [];
  const count = await callsOf(async () => {
    const note = bench.run('explain-task', { task_id: 'c', note: 'runs whole' });
    answers = await Promise.all([complete('a'), complete('b'), complete('a'), note]);
  });
  expect(count).toBe(1);
  expect(answers).toEqual([['applied', '0'], ['applied', '0'], ['conflict'], ['applied']]);
});

test('what a Redis without memory refuses is refused, whatever is asked for beside it', async () => {
  await bench.submit({ a: [], b: [], c: [] });
  const lease = { epoch: 'e', replica: 'r', lease_ms: '1000' };
  await bench.run('lead', lease);
  const config = (memory: string): Promise<unknown> => bench.redis.client.config('SET', 'maxmemory', memory);
  await config('1mb');
  try {
    const upload = { task_id: 'b', attempt_id: '', upload_id: 'u', lease_us: '30000000' };
    const answers = await Promise.allSettled([
      bench.run('note-upload', upload),
      complete('a'),
      bench.run('lead', lease),
      complete('b'),
      bench.run('resign', { epoch: 'e' }),
      complete('c'),
    ]);
    const taken = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value[0] : 'refused'));
    expect(taken).toEqual(['refused', 'refused', 'leading', 'refused', 'resigned', 'refused']);
  } finally {
    await config('0');
  }
});

test('what is asked for waits for whoever schedules, as long as that is about to ask for more', async () => {
  await bench.submit({ a: [], b: [], c: [] });
  const scheduler = { epoch: '', ring: () => undefined, flushesSoon: true };
  bench.scripts.ringAt(scheduler);
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  let answers: unknown[] = [];
  const count = await callsOf(async () => {
    const first = complete('a');
    await turn();
    const second = complete('b');
    bench.scripts.flush();
    answers = await Promise.all([first, second]);
  });
  scheduler.flushesSoon = false;
  expect(count).toBe(1);
  expect(answers).toEqual([
    ['applied', '0'],
    ['applied', '0'],
  ]);
  expect(await complete('c')).toEqual(['applied', '0']);
});

test('they run in the order in which they were asked for', async () => {
  await bench.submit({ a: [], b: ['a'] });
  await bench.announced();
  await Promise.all([bench.abort('b'), complete('a'), complete('b')]);
  expect(await bench.announced()).toEqual(['TASK_ENDED b', 'TASK_ENDED a']);
});

test('one that fails fails alone, and says which it was', async () => {
  await bench.submit({ a: [], b: [], c: [] });
  await bench.redis.client.set(KEY.task + 'b', 'no hash');
  const [a, b, c] = await Promise.allSettled([complete('a'), complete('b'), complete('c')]);
  expect(a).toEqual({ status: 'fulfilled', value: ['applied', '0'] });
  expect(c).toEqual({ status: 'fulfilled', value: ['applied', '0'] });
  expect(b).toEqual({
    status: 'rejected',
    reason: expect.objectContaining({ message: expect.stringMatching(/^WRONGTYPE .*\(complete-task\)$/) }),
  });
});

test('so many that Redis would be long at it go in several calls', async () => {
  const ids = Array.from({ length: 130 }, (_, i) => `t-${String(i)}`);
  await bench.submit(Object.fromEntries(ids.map((id) => [id, []])));
  expect(await callsOf(() => Promise.all(ids.map(complete)))).toBe(9);
});

test('what is large goes alone', async () => {
  const raw = 'x'.repeat(60_000);
  const count = await callsOf(() =>
    Promise.all(['r', 's', 't'].map((run) => bench.submit({ [run]: [] }, run, { raw }))),
  );
  expect(count).toBe(3);
  expect(await bench.ready()).toEqual(['r', 's', 't']);
});

test('what several ring for is one message', async () => {
  await bench.rings();
  await Promise.all([bench.submit({ a: [] }, 'one'), bench.submit({ b: [] }, 'two')]);
  expect(await bench.rings()).toEqual({
    ready: [expect.objectContaining({ id: 'a' }), expect.objectContaining({ id: 'b' })],
  });
});

test('a server that does not know the scripts is given them, for all that were asked for', async () => {
  await bench.redis.client.script('FLUSH');
  const answers = await Promise.all([bench.submit({ a: [] }, 'one'), bench.submit({ b: [] }, 'two')]);
  expect(answers.map(([word]) => word)).toEqual(['submitted', 'submitted']);
});

test('a server that only replicates takes none of them, and is said to be one', async () => {
  const { client } = bench.redis;
  await bench.submit({ a: [], b: [] });
  await client.replicaof('127.0.0.1', 1);
  try {
    const settled = await Promise.allSettled([complete('a'), complete('b')]);
    for (const { status, reason } of settled as PromiseRejectedResult[]) {
      expect(status).toBe('rejected');
      expect(String(reason)).toContain('READONLY');
    }
  } finally {
    await client.replicaof('NO', 'ONE');
  }
  expect(await complete('a')).toEqual(['applied', '0']);
});
