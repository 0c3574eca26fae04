/** The Lua scripts against a Redis server of the suite's own, with a few tasks and workers to try them on. */
import type { AppConfig } from '../../src/config/app-config';
import { KEY } from '../../src/redis/keys';
import { RedisConnections } from '../../src/redis/redis-connections';
import type { ScriptAnswers, ScriptArguments, ScriptName } from '../../src/redis/script-contracts';
import { Scripts } from '../../src/redis/scripts';
import { startRedis, type TestRedis } from '../helpers/redis';

export interface ScriptBench {
  redis: TestRedis;
  run<N extends ScriptName>(name: N, args: ScriptArguments<N>): Promise<ScriptAnswers[N]>;
  /** Registers tasks as one run: `{ a: [], b: ['a'] }`. */
  submit(graph: Record<string, string[]>, runId?: string): Promise<ScriptAnswers['submit-run']>;
  /** A registered, idle, heartbeating worker. */
  worker(id: string, hash?: Record<string, string>): Promise<void>;
  dispatch(
    task: string,
    worker: string,
    attempt: string,
    change?: Partial<ScriptArguments<'dispatch-task'>>,
  ): Promise<ScriptAnswers['dispatch-task']>;
  task(id: string): Promise<Record<string, string>>;
  lease(id: string): Promise<Record<string, string>>;
  ready(): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startScriptBench(): Promise<ScriptBench> {
  const redis = await startRedis();
  const connections = new RedisConnections({ redisUrl: redis.url } as AppConfig);
  await connections.onModuleInit();
  const scripts = new Scripts(connections);
  // Somebody has to listen, or every dispatch is undone.
  await redis.connect().subscribe('tasks');
  const bench: ScriptBench = {
    redis,
    run: (name, args) => scripts.run(name, args),
    submit: (graph, runId = 'run') =>
      scripts.run('submit-run', {
        run_id: runId,
        raw: 'text',
        external_ids_json: JSON.stringify(
          [...new Set(Object.values(graph).flat())].filter((id) => !(id in graph)),
        ),
        tasks_json: JSON.stringify(
          Object.entries(graph).map(([id, waitsFor]) => ({
            id,
            fields: ['name', `doc:${id}`, 'resources', '{"cpuCores":1,"memoryBytes":1,"gpu":null}'],
            document: '{}',
            priority_us: 0,
            waits_for: waitsFor,
          })),
        ),
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
        ...change,
      }),
    task: (id) => redis.client.hgetall(KEY.task + id),
    lease: (id) => redis.client.hgetall(KEY.lease + id),
    ready: () => redis.client.zrange(KEY.ready, 0, '-1'),
    async stop() {
      connections.beforeApplicationShutdown();
      connections.close();
      await redis.stop();
    },
  };
  return bench;
}
