/** The HTTP side of the service over a real Redis and a real directory: tasks, results, artifacts; no scheduler. */
import { Module } from '@nestjs/common';
import { EventEmitter2, EventEmitterModule } from '@nestjs/event-emitter';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArtifactsModule } from '../../src/artifacts/artifacts.module';
import { AuthModule } from '../../src/auth/auth.module';
import { AppConfigModule } from '../../src/config/config.module';
import { loadConfig } from '../../src/config/load-config';
import { type AttemptId, trustedTaskId, trustedWorkerId, type TaskId } from '../../src/core/ids';
import { configureHttp } from '../../src/http/configure-http';
import { HttpModule } from '../../src/http/http.module';
import { LeanAdapter } from '../../src/http/lean-adapter';
import { ManifestWriter } from '../../src/manifests/manifest-writer';
import { ManifestsModule } from '../../src/manifests/manifests.module';
import { MetricsModule } from '../../src/metrics/metrics.module';
import { EventSubscriptions } from '../../src/redis/event-subscriptions';
import { Leadership } from '../../src/redis/leadership';
import { RedisModule } from '../../src/redis/redis.module';
import { LeftReader } from '../../src/results/left-reader';
import { type LeftRequest, readLeft } from '../../src/results/read-left';
import { ResultsModule } from '../../src/results/results.module';
import { Settler } from '../../src/results/settler';
import { TaskLifecycle } from '../../src/tasks/task-lifecycle';
import { TaskStore } from '../../src/tasks/task.store';
import { TasksModule } from '../../src/tasks/tasks.module';
import { TracingModule } from '../../src/tracing/tracing.module';
import { UploadsModule } from '../../src/uploads/uploads.module';
import { json } from './raw';
import { type RedisSettings, startRedis, type TestRedis } from '../helpers/redis';

/** What a thread does. */
const inPlace = (request: LeftRequest): ReturnType<LeftReader['read']> => Promise.resolve(readLeft(request));

@Module({})
class Everything {}

export interface HttpApp {
  readonly url: string;
  readonly port: number;
  readonly resultsDir: string;
  readonly nest: NestExpressApplication;
  readonly redis: TestRedis;
  readonly tasks: TaskStore;
  /** Every `result.stored` so far. */
  readonly stored: TaskId[];
  submit(spec?: string): Promise<TaskId>;
  /** Sends the task to a worker that only this test knows; returns the attempt. */
  dispatch(id: TaskId): Promise<AttemptId>;
  /** The worker of the latest attempt is lost: the task goes back. */
  lose(id: TaskId, attempt: AttemptId): Promise<void>;
  cancel(id: TaskId): Promise<void>;
  fail(id: TaskId): Promise<void>;
  /** Every file below the results directory, relative, sorted; without our own records and the word that we live. */
  files(): Promise<string[]>;
  /** Every result that was taken is in its final place. */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}

/** `headers` go with the requests that the helper itself sends, such as `submit`; `settings` are those of Redis. */
export async function startHttpApp(
  env: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
  settings: RedisSettings = {},
): Promise<HttpApp> {
  const redis = await startRedis(settings);
  const resultsDir = await mkdtemp(join(tmpdir(), 'orchestrator-http-'));
  const cleanUp = async (): Promise<void> => {
    await redis.stop();
    await rm(resultsDir, { recursive: true, force: true });
  };
  try {
    const app = await startOn(redis, resultsDir, env, headers);
    return {
      ...app,
      async stop() {
        await app.stop();
        await cleanUp();
      },
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

/** One more on the same Redis and the same directory, which it leaves when it stops. It does not dispatch. */
export function startReplica(
  { redis, resultsDir }: HttpApp,
  env: Readonly<Record<string, string>> = {},
): Promise<HttpApp> {
  return startOn(redis, resultsDir, env, {});
}

async function startOn(
  redis: TestRedis,
  resultsDir: string,
  env: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
): Promise<HttpApp> {
  const config = loadConfig({ REDIS_URL: redis.url, ORCHESTRATOR_RESULTS_DIR: resultsDir, ...env });
  const testing = await Test.createTestingModule({
    imports: [
      {
        module: Everything,
        imports: [
          AppConfigModule.register(config),
          EventEmitterModule.forRoot(),
          HttpModule,
          RedisModule,
          MetricsModule,
          TracingModule,
          AuthModule,
          TasksModule,
          ArtifactsModule,
          UploadsModule,
          ResultsModule,
          ManifestsModule,
        ],
      },
    ],
  })
    // Threads run what is built; this is the source.
    .overrideProvider(LeftReader)
    .useValue({ read: inPlace, readFresh: inPlace })
    .compile();
  const nest = testing.createNestApplication<NestExpressApplication>(new LeanAdapter(), {
    bodyParser: false,
    logger: false,
  });
  configureHttp(nest);
  nest.get(EventSubscriptions).on('taskEvents', () => undefined);
  await nest.listen(0, '127.0.0.1');
  const server = nest.getHttpServer();
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${String(port)}`;
  // What is written by itself some time later would come between what tests compare.
  await nest.get(ManifestWriter).beforeApplicationShutdown();
  // There is no scheduler to stand for election, and only a leader dispatches.
  const leadership = nest.get(Leadership);
  await leadership.campaign();
  const lifecycle = nest.get(TaskLifecycle);
  const tasks = nest.get(TaskStore);
  const stored: TaskId[] = [];
  nest.get(EventEmitter2).on('result.stored', ({ taskId }: { taskId: TaskId }) => stored.push(taskId));
  const listener = redis.connect();
  await listener.subscribe('tasks');
  let workers = 0;
  return {
    url,
    port,
    resultsDir,
    nest,
    redis,
    tasks,
    stored,
    async submit(spec = '') {
      const response = await fetch(`${url}/api/v1/tasks`, {
        method: 'POST',
        headers: { 'Content-Type': 'text/yaml', ...headers },
        body: `apiVersion: v1\nkind: Task\nmetadata: {name: a-task}\nspec:\n  taskType: echo\n  resources: {replicas: 1, hardware: {cpu: "1", memory: 1GiB}}\n${spec}`,
      });
      const body = await json(response);
      if (response.status !== 201) throw new Error(JSON.stringify(body));
      return trustedTaskId(body.tasks[0].task_id);
    },
    async dispatch(id) {
      const task = await tasks.read(id);
      if (task === null) throw new Error(`no task ${id}`);
      workers += 1;
      const worker = trustedWorkerId(`w-${String(workers)}`);
      const startedAt = '2026-01-01T00:00:00Z';
      await redis.client.sadd('workers:ids', worker);
      await redis.client.hset(`worker:${worker}`, {
        worker_id: worker,
        status: 'IDLE',
        started_at: startedAt,
      });
      await redis.client.set(`worker:${worker}:hb`, 'now', 'EX', 120);
      const attemptId = lifecycle.newAttemptId();
      const answer = await lifecycle.dispatch(
        task,
        { id: worker, startedAt },
        { attemptId, head: '{', tail: '}', staleFiles: [], inputs: null },
      );
      if (answer[0] !== 'dispatched') throw new Error(JSON.stringify(answer));
      return attemptId;
    },
    async lose(id, attemptId) {
      await lifecycle.apply(id, {
        kind: 'lost',
        evidence: { attemptId },
        cause: 'silent',
        why: 'a test says so',
      });
    },
    async cancel(id) {
      await lifecycle.apply(id, { kind: 'cancelled', reason: 'a test says so' });
    },
    async fail(id) {
      await lifecycle.apply(id, { kind: 'doomed', error: 'a test says so', reason: 'a test says so' });
    },
    async files() {
      await nest.get(Settler).caughtUp();
      return filesBelow(resultsDir);
    },
    caughtUp: () => nest.get(Settler).caughtUp(),
    async stop() {
      server.closeAllConnections();
      await leadership.resign();
      await nest.close();
    },
  };
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter(
      (entry) =>
        !entry.isDirectory() &&
        !/\.orchestrator|\.result~|\.spool\/owners/.test(join(entry.parentPath, entry.name)),
    )
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}
