/** What monitoring reads: every figure moves with what it is about, and those of the whole fleet are told by one replica. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';
import { startService } from '../helpers/service';
import { waitFor } from '../helpers/wait';

const GIB = 2 ** 30;

describe('the metrics', () => {
  const flow = useFlow();

  const textOf = async (url = flow.service.url): Promise<string> => (await fetch(`${url}/metrics`)).text();

  /** The samples of one metric by the text of their labels. */
  async function samples(name: string, url?: string): Promise<Record<string, number>> {
    const lines = (await textOf(url)).matchAll(
      new RegExp(`^orchestrator_${name}(?:\\{(.*)\\})? (\\S+)$`, 'gm'),
    );
    return Object.fromEntries([...lines].map(([, labels = '', value]) => [labels, Number(value)]));
  }

  /** Those that are not zero. */
  async function counted(name: string): Promise<Record<string, number>> {
    return Object.fromEntries(Object.entries(await samples(name)).filter(([, value]) => value !== 0));
  }

  const until = async (name: string, want: Record<string, number>): Promise<void> => {
    let seen = {};
    await waitFor(
      `${name} to be ${JSON.stringify(want)}`,
      async () => {
        seen = await counted(name);
        return JSON.stringify(seen) === JSON.stringify(want);
      },
      {},
      () => `it is ${JSON.stringify(seen)}`,
    );
  };

  const worker = { id: 'l4', cores: 8, memoryBytes: 64 * GIB, gpus: [{ name: 'NVIDIA L4', vram: '24 GiB' }] };

  /** Of each counter with a label, what that says. */
  const CLOSED: Readonly<Record<string, [label: string, values: readonly string[]]>> = {
    tasks_ended_total: ['status', ['DONE', 'FAILED', 'CANCELLED']],
    task_retries_total: ['cause', ['failed', 'timeout']],
    task_losses_total: ['cause', ['silent', 'unregistered', 'restarted', 'removed', 'unheard']],
    dispatch_undelivered_total: ['reason', ['no_receiver', 'not_acknowledged']],
    stale_evidence_total: ['kind', ['attempt', 'ended', 'unknown_task']],
    undecodable_events_total: ['channel', ['tasks.events', 'workers.events']],
    results_received_total: [
      'outcome',
      ['committed', 'duplicate', 'refused', 'unknown_task', 'invalid', 'spooled'],
    ],
    results_deleted_total: ['cause', ['ttl', 'quota', 'request']],
    result_bytes_deleted_total: ['cause', ['ttl', 'quota', 'request']],
    spool_rejected_total: ['kind', ['result', 'upload']],
    trace_spans_total: ['outcome', ['sent', 'lost']],
  };

  test('count from 0 on, so that the first time is an increase', async () => {
    const counters = [...(await textOf()).matchAll(/^# TYPE orchestrator_(\w+) counter$/gm)];
    for (const name of counters.map(([, name = '']) => name)) {
      const [label = '', values = []] = CLOSED[name] ?? [];
      const want = label === '' ? [''] : values.map((value) => `${label}="${value}"`);
      expect([name, await samples(name)]).toEqual([
        name,
        Object.fromEntries(want.map((labels) => [labels, 0])),
      ]);
    }
    expect(counters.map(([, name]) => name)).toEqual(expect.arrayContaining(Object.keys(CLOSED)));
  });

  test('tell what waits, by state and by what it needs, and who works and with what', async () => {
    const [first] = await flow.api.submitIds(
      aTask('chain')
        .gpu(1)
        .stages(
          { name: 'a', spec: { taskType: 'echo', simulate: { gate: 'end' } } },
          { name: 'b', dependsOn: ['a'], spec: { taskType: 'echo' } },
        ),
    );
    await flow.api.submitOne(aTask('a100').gpu(2, 'A100'));
    await until('tasks', { 'state="blocked"': 1, 'state="ready"': 2 });
    expect(await counted('unplaceable_tasks')).toEqual({ 'gpu="1xany"': 1, 'gpu="2xa100"': 1 });
    expect(await counted('queued_tasks')).toEqual({ 'gpu="1xany"': 1, 'gpu="2xa100"': 1 });
    expect(await counted('queued_tasks_by_needs')).toEqual({
      'needs="cpu=1 memory=1073741824 gpu=1xany:any"': 1,
      'needs="cpu=1 memory=1073741824 gpu=2xa100:any"': 1,
    });
    expect(await counted('queue_depth')).toEqual({ '': 2 });
    expect((await samples('oldest_wait_seconds'))['']).toBeGreaterThan(0);
    expect(await counted('workers')).toEqual({});

    const fleet = await flow.workers([worker, { id: 'idle', cores: 1 }]);
    await until('tasks', { 'state="blocked"': 1, 'state="ready"': 1, 'state="running"': 1 });
    await until('workers', { 'state="free"': 1, 'state="busy"': 1 });
    // The free one has no GPU, which the task that waits needs.
    expect(await samples('placeable_tasks')).toEqual({ '': 0 });
    expect(await counted('unplaceable_tasks')).toEqual({ 'gpu="2xa100"': 1 });
    expect(await counted('busy_workers')).toEqual({ 'gpu="1xnvidia-l4"': 1 });
    expect(await counted('gpus')).toEqual({ 'type="nvidia-l4",state="used"': 1 });
    fleet.open('end');
    await flow.api.until(first!, 'DONE');
    await until('gpus', { 'type="nvidia-l4",state="free"': 1 });
    await until('tasks', { 'state="ready"': 1 });
  });

  test('tell how long attempts take and how they end, and why tasks are retried', async () => {
    const before = await samples('task_queue_seconds_count');
    const fleet = await flow.workers([
      { id: 'bad', cores: 2 },
      { id: 'good', cores: 4 },
      { id: 'other', cores: 8 },
    ]);
    const [done, hung] = [
      await flow.api.submitOne(aTask('once').ofType('sft').simulate({ fail: 'on:bad' })),
      await flow.api.submitOne(
        aTask('hangs')
          .ofType('dpo')
          .retry({ maxRetries: 0 })
          .with({ timeoutSec: 1 })
          .simulate({ hang: true }),
      ),
    ];
    await flow.api.until(done, 'DONE');
    await flow.api.until(hung, 'FAILED');
    expect(await counted('task_retries_total')).toEqual({ 'cause="failed"': 1 });
    expect(await counted('task_timeouts_total')).toEqual({ '': 1 });
    expect(await counted('task_duration_seconds_count')).toMatchObject({
      'type="sft",outcome="failed"': 1,
      'type="sft",outcome="done"': 1,
      'type="dpo",outcome="failed"': 1,
    });
    expect((await samples('task_duration_seconds_sum'))['type="dpo",outcome="failed"']).toBeGreaterThan(0.9);
    expect(Object.values(await samples('task_queue_seconds_count'))[0]).toBe((before[''] ?? 0) + 3);
    await fleet.stop();
  });

  test('tell how long Redis takes, workers until they begin, and how much was stored', async () => {
    const names = [
      'redis_script_call_seconds_count',
      'task_acknowledgement_seconds_count',
      'file_bytes_received_total',
      'result_bytes_received_total',
    ];
    const read = (): Promise<number[]> =>
      Promise.all(names.map(async (name) => (await samples(name))[''] ?? 0));
    const [calls = 0, begun = 0, ...bytes] = await read();
    await flow.workers([{ id: 'begins', cores: 2 }]);
    const id = await flow.api.submitOne(aTask('stores').simulate({ gate: 'never' }));
    await flow.api.until(id, 'RUNNING');
    await flow.api.request(`/api/v1/results/${id}/files/a.bin`, { method: 'PUT', body: 'weights' });
    await flow.api.post('/api/v1/results', { task_id: id, result: { n: 1 } });
    await flow.api.until(id, 'DONE');
    const [callsAfter = 0, begunAfter = 0, fileBytes = 0, resultBytes = 0] = await read();
    expect(callsAfter).toBeGreaterThan(calls + 2);
    expect(begunAfter).toBe(begun + 1);
    expect(fileBytes).toBe((bytes[0] ?? 0) + 'weights'.length);
    expect(resultBytes).toBe((bytes[1] ?? 0) + '{"n":1}'.length);
  });

  test('tell how workers were lost', async () => {
    const fleet = await flow.workers([{ id: 'leaves', cores: 2 }]);
    const id = await flow.api.submitOne(aTask('left').simulate({ gate: 'never' }));
    await flow.api.until(id, 'RUNNING');
    await fleet.stop();
    await until('task_losses_total', { 'cause="unregistered"': 1 });
    expect(await counted('task_duration_seconds_count')).toMatchObject({ 'type="echo",outcome="lost"': 1 });
  });

  test('of the fleet are told by one replica alone, and those of a process by each', async () => {
    const { redis, resultsDir } = flow;
    const other = await startService({ redisUrl: redis.url, resultsDir });
    const text = await textOf(other.url);
    await other.stop();
    for (const name of [
      'tasks',
      'workers',
      'gpus',
      'queued_tasks',
      'queued_tasks_by_needs',
      'unplaceable_tasks',
      'busy_workers',
    ])
      expect(text).not.toMatch(new RegExp(`^orchestrator_${name}\\{`, 'm'));
    expect(await samples('tasks')).toHaveProperty('state="ready"');
    for (const line of [
      /^orchestrator_leader 0$/m,
      /^orchestrator_results_volume_free_bytes \d+/m,
      /^orchestrator_redis_round_trip_seconds_count [1-9]/m,
      /^nodejs_eventloop_lag_p99_seconds /m,
    ])
      expect(text).toMatch(line);
  });

  test('are explained, each once, and nothing else is', async () => {
    const names = [...(await textOf()).matchAll(/^# TYPE (orchestrator_\w+)/gm)].map(([, name]) => name);
    const page = await readFile(join(__dirname, '../../docs/METRICS.md'), 'utf8');
    const explained = [...page.matchAll(/^\| `(orchestrator_\w+)`/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(30);
    expect(explained.sort()).toEqual(names.sort());
  });
});
