/** The Lua scripts against a Redis server of the suite's own, with a few tasks and workers to try them on. */
import { Metrics } from '../../src/metrics/metrics';
import { CHANNEL, KEY } from '../../src/redis/keys';
import type { RedisConnections } from '../../src/redis/redis-connections';
import type { ScriptAnswers, ScriptArguments, ScriptName } from '../../src/redis/script-contracts';
import { Scripts } from '../../src/redis/scripts';
import { startRedis, type TestRedis } from '../helpers/redis';
import { PublishedMessages } from './published';
import { dumpStore, type StoreDump } from './store-dump';

export interface ScriptBench {
  scripts: Scripts;
  redis: TestRedis;
  run<N extends ScriptName>(name: N, args: ScriptArguments<N>): Promise<ScriptAnswers[N]>;
  /** Registers tasks as one run: `{ a: [], b: ['a'] }`. */
  submit(
    graph: Record<string, string[]>,
    runId?: string,
    change?: Partial<ScriptArguments<'submit-run'>>,
  ): Promise<ScriptAnswers['submit-run']>;
  /** A registered, idle, heartbeating worker. */
  worker(id: string, hash?: Record<string, string>): Promise<void>;
  dispatch(
    task: string,
    worker: string,
    attempt: string,
    change?: Partial<ScriptArguments<'dispatch-task'>>,
  ): Promise<ScriptAnswers['dispatch-task']>;
  complete(
    task: string,
    change?: Partial<ScriptArguments<'complete-task'>>,
  ): Promise<ScriptAnswers['complete-task']>;
  /** Fails it for good by the worker's word. */
  abort(task: string, change?: Partial<ScriptArguments<'abort-task'>>): Promise<ScriptAnswers['abort-task']>;
  task(id: string): Promise<Record<string, string>>;
  lease(id: string): Promise<Record<string, string>>;
  ready(): Promise<string[]>;
  /** Who has the lease on scheduling, as if elected. */
  electLeader(epoch: string): Promise<void>;
  /** What the doorbell rang since the last call, by kind; nothing is missed. */
  rings(): Promise<Record<string, unknown[]>>;
  /** What was announced of tasks since the last call: `TASK_ENDED a`. */
  announced(): Promise<string[]>;
  everything(): Promise<StoreDump>;
  stop(): Promise<void>;
}

const WHOLE_DAY_MS = 86_400_000;

export async function startScriptBench(): Promise<ScriptBench> {
  const redis = await startRedis();
  const scripts = new Scripts({ commands: redis.client } as RedisConnections, new Metrics());
  // Somebody has to listen, or every dispatch is undone.
  await redis.connect().subscribe('tasks');
  const bells = await PublishedMessages.on(redis, [CHANNEL.doorbell]);
  const events = await PublishedMessages.on(redis, [CHANNEL.taskEvents]);
  const bench: ScriptBench = {
    redis,
    scripts,
    run: (name, args) => scripts.run(name, args),
    submit: (graph, runId = 'run', change = {}) =>
      scripts.run('submit-run', {
        run_id: runId,
        raw: 'text',
        external_ids_json: JSON.stringify(
          [...new Set(Object.values(graph).flat())].filter((id) => !(id in graph)),
        ),
        tasks_json: JSON.stringify(
          Object.entries(graph).map(([id, waitsFor]) => ({
            id,
            fields: [
              ...['name', `doc:${id}`, 'timeout_sec', '5'],
              ...['resources', '{"cpuCores":1,"memoryBytes":1,"gpu":null}'],
            ],
            document: '{}',
            priority_us: 0,
            waits_for: waitsFor,
          })),
        ),
        max_open: '1000000',
        idempotency_key: '',
        body_sha256: '',
        is_expected: '0',
        ...change,
      }),
    async worker(id, hash = {}) {
      await redis.client.sadd(KEY.workerIds, id);
      await redis.client.hset(KEY.worker + id, {
        worker_id: id,
        status: 'IDLE',
        started_at: 'then',
        pid: '1',
        ...hash,
      });
      await redis.client.set(KEY.worker + id + KEY.heartbeatSuffix, 'beat-1', 'EX', 100);
    },
    dispatch: (task, worker, attempt, change = {}) =>
      scripts.run('dispatch-task', {
        epoch: '',
        task_id: task,
        expected_attempt_id: '',
        worker_id: worker,
        worker_started_at: 'then',
        attempt_id: attempt,
        topic: 'tasks',
        head: '{"dispatched_at":"',
        tail: '"}',
        stale_files: '',
        patience_us: '15000000',
        proving_patience_us: '2000000',
        heartbeat_ttl_us: '120000000',
        idle_grace_us: '60000000',
        timeout_us: '',
        inputs: '',
        ...change,
      }),
    complete: (task, change = {}) =>
      scripts.run('complete-task', {
        task_id: task,
        status: 'PENDING',
        attempt_id: '',
        worker_id: '',
        result_sha256: '',
        result_id: '',
        heard: '1',
        indexed: '0',
        expected: '',
        ...change,
      }),
    abort: (task, change = {}) =>
      scripts.run('abort-task', {
        epoch: '',
        task_id: task,
        status: 'PENDING',
        attempt_id: '',
        outcome: 'FAILED',
        error_text: 'broken',
        reason: 'for good',
        heard: '1',
        indexed: '0',
        ...change,
      }),
    task: (id) => redis.client.hgetall(KEY.task + id),
    lease: (id) => redis.client.hgetall(KEY.lease + id),
    ready: () => redis.client.zrange(KEY.ready, 0, '-1'),
    async electLeader(epoch) {
      await redis.client.hset(KEY.leader, { epoch, replica: 'some-replica', term: '1' });
      await redis.client.pexpire(KEY.leader, WHOLE_DAY_MS);
    },
    rings: async () => byKind((await bells.take()).map(({ message }) => message)),
    async announced() {
      const heard = await events.take();
      return heard.map(({ message }) => {
        const { type, task_id } = JSON.parse(message) as { type: string; task_id: string };
        return `${type} ${task_id}`;
      });
    },
    everything: () => dumpStore(redis.client),
    stop: () => redis.stop(),
  };
  return bench;
}

/** What bells say, one after the other. */
export function byKind(bells: readonly string[]): Record<string, unknown[]> {
  const all: Record<string, unknown[]> = {};
  for (const [kind, item] of bells.flatMap((bell) => JSON.parse(bell) as [kind: string, item: unknown][])) {
    (all[kind] ??= []).push(item);
  }
  return all;
}
