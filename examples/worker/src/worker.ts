/** A worker's life: register, listen, run one task at a time, heartbeat meanwhile, unregister. */
import { loadavg, uptime } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { executorFor } from './executors/registry';
import { postResult, uploadFile } from './http';
import {
  type Destination,
  type Dispatch,
  heartbeatKey,
  type JsonObject,
  parseDestination,
  parseDispatch,
  TASK_EVENTS,
  taskEvent,
  WORKER_EVENTS,
  WORKER_IDS_KEY,
  workerEvent,
  workerKey,
  type WorkerStatus,
} from './protocol';
import { taskDirectory, writeResult, writeWhole } from './result-files';
import type { WorkerSettings } from './settings';

/** The heartbeat key outlives four missed heartbeats, and two minutes at least. */
const MIN_HEARTBEAT_TTL_SEC = 120;
/** A result that is posted nowhere travels in the event itself, up to this many characters. */
const MAX_INLINE_RESULT = 256 * 1024;
const GOODBYE_WITHIN_MS = 2_000;

export class Worker {
  private readonly startedAt = new Date();
  private readonly commands: Redis;
  private readonly subscriber: Redis;
  private readonly stopping = new AbortController();
  private heartbeatTimer: NodeJS.Timeout | undefined;
  private queue: Promise<void> = Promise.resolve();
  private status: WorkerStatus = 'STARTING';

  constructor(
    private readonly settings: WorkerSettings,
    private readonly hardware: JsonObject,
    private readonly log: (text: string) => void,
  ) {
    this.commands = new Redis(settings.redisUrl, { maxRetriesPerRequest: null });
    this.subscriber = new Redis(settings.redisUrl, { maxRetriesPerRequest: null });
    for (const connection of [this.commands, this.subscriber]) {
      connection.on('error', (error: Error) => {
        this.log(`redis: ${error.message}`);
      });
    }
  }

  /** Listens before it says that it is free, so that nothing sent to it is lost. */
  async start(): Promise<void> {
    const { taskTopic, heartbeatIntervalSec } = this.settings;
    this.subscriber.on('message', (_channel: string, text: string) => {
      this.receive(text);
    });
    await this.subscriber.subscribe(taskTopic);
    await this.register();
    await this.setStatus('IDLE', {});
    await this.heartbeat();
    this.heartbeatTimer = setInterval(() => {
      this.heartbeat().catch((error: unknown) => {
        this.log(`heartbeat: ${messageOf(error)}`);
      });
    }, heartbeatIntervalSec * 1000);
  }

  /** Ends a running task without an answer: once unregistered, it goes to another worker. */
  async stop(): Promise<void> {
    const { workerId } = this.settings;
    clearInterval(this.heartbeatTimer);
    this.stopping.abort(new Error('the worker stops'));
    this.subscriber.disconnect();
    const goodbye = this.commands
      .multi()
      .srem(WORKER_IDS_KEY, workerId)
      .del(workerKey(workerId), heartbeatKey(workerId))
      .publish(WORKER_EVENTS, workerEvent('UNREGISTER', workerId))
      .exec();
    // While Redis is away nobody hears it; the heartbeat runs out by itself.
    await Promise.race([goodbye.catch(() => undefined), sleep(GOODBYE_WITHIN_MS, undefined, { ref: false })]);
    this.commands.disconnect();
  }

  private async register(): Promise<void> {
    const { workerId, tags, costPerHour } = this.settings;
    const env = { node: process.version, platform: process.platform, arch: process.arch };
    await this.commands
      .multi()
      .sadd(WORKER_IDS_KEY, workerId)
      .hset(workerKey(workerId), {
        worker_id: workerId,
        status: this.status,
        started_at: this.startedAt.toISOString(),
        pid: String(process.pid),
        env_json: JSON.stringify(env),
        hardware_json: JSON.stringify(this.hardware),
        tags_json: JSON.stringify(tags),
        last_seen: new Date().toISOString(),
        ...(costPerHour === null ? {} : { cost_per_hour: costPerHour }),
      })
      .publish(
        WORKER_EVENTS,
        workerEvent('REGISTER', workerId, {
          status: this.status,
          tags,
          payload: { env, hardware: this.hardware, cost_per_hour: costPerHour },
        }),
      )
      .exec();
  }

  /** Also registers anew when the registration is gone, after a cleanup or a Redis that lost its memory. */
  private async heartbeat(): Promise<void> {
    const { workerId, heartbeatIntervalSec } = this.settings;
    const now = new Date().toISOString();
    if ((await this.commands.sismember(WORKER_IDS_KEY, workerId)) === 0) await this.register();
    const ttl = Math.ceil(Math.max(4 * heartbeatIntervalSec, MIN_HEARTBEAT_TTL_SEC));
    const metrics = { load: loadavg(), uptime_sec: Math.round(uptime()) };
    await this.commands
      .multi()
      .set(heartbeatKey(workerId), now, 'EX', ttl)
      .hset(workerKey(workerId), 'last_seen', now)
      .publish(WORKER_EVENTS, workerEvent('HEARTBEAT', workerId, { metrics }))
      .exec();
  }

  private async setStatus(
    status: WorkerStatus,
    extra: { task_id?: string; last_task?: string },
  ): Promise<void> {
    const { workerId } = this.settings;
    this.status = status;
    const fields: Record<string, string> = { status, last_seen: new Date().toISOString() };
    if (extra.task_id !== undefined) fields.extra_task_id = extra.task_id;
    if (extra.last_task !== undefined) fields.extra_last_task = extra.last_task;
    await this.commands
      .multi()
      .hset(workerKey(workerId), fields)
      .publish(WORKER_EVENTS, workerEvent('STATUS', workerId, { status, payload: { ...extra } }))
      .exec();
  }

  /** Tasks wait for each other: one runs at a time. */
  private receive(text: string): void {
    const dispatch = parseDispatch(text, this.settings.workerId);
    if (!dispatch) return;
    this.queue = this.queue
      .then(() => this.run(dispatch))
      .catch((error: unknown) => {
        this.log(`${dispatch.taskId}: ${messageOf(error)}`);
      });
  }

  private async run(dispatch: Dispatch): Promise<void> {
    if (this.isStopping()) return;
    const { workerId } = this.settings;
    const { taskId, taskType } = dispatch;
    const startedAt = new Date();
    await this.setStatus('RUNNING', { task_id: taskId });
    await this.publish(taskEvent('TASK_STARTED', workerId, dispatch, { startedAt }));
    this.log(`${taskId}: ${taskType} starts`);
    let outcome: { result: JsonObject } | { error: string };
    try {
      outcome = { result: await this.execute(dispatch, startedAt) };
    } catch (error) {
      outcome = { error: messageOf(error) };
    }
    if (this.isStopping()) return;
    const times = { startedAt, finishedAt: new Date() };
    const type = 'error' in outcome ? 'TASK_FAILED' : 'TASK_SUCCEEDED';
    this.log(`${taskId}: ${'error' in outcome ? `failed: ${outcome.error}` : 'done'}`);
    await this.publish(taskEvent(type, workerId, dispatch, times, outcome));
    await this.setStatus('IDLE', { last_task: taskId });
  }

  /** Runs the executor and delivers its result; the answer is what the event of success carries. */
  private async execute(dispatch: Dispatch, startedAt: Date): Promise<JsonObject> {
    const { taskId, taskType, spec } = dispatch;
    const destination = parseDestination(spec);
    const directory = taskDirectory(this.settings.resultsDir, destination.folder, taskId);
    const result = await executorFor(taskType)({
      taskId,
      spec,
      signal: this.stopping.signal,
      log: (text) => {
        this.log(`${taskId}: ${text}`);
      },
      publishFile: (name, bytes) => this.publishFile(destination, directory, taskId, name, bytes),
    });
    const { workerId } = this.settings;
    await writeResult(directory, result, {
      task_id: taskId,
      taskType,
      worker_id: workerId,
      started_at: startedAt.toISOString(),
      finished_at: new Date().toISOString(),
    });
    if (destination.http) {
      await postResult(
        destination.http,
        { task_id: taskId, result, worker_id: workerId },
        this.stopping.signal,
      );
      return {};
    }
    return JSON.stringify(result).length <= MAX_INLINE_RESULT ? result : {};
  }

  private async publishFile(
    destination: Destination,
    directory: string,
    taskId: string,
    name: string,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<string | null> {
    const path = await writeWhole(directory, name, bytes);
    if (!destination.http) return path;
    try {
      return await uploadFile(destination.http, taskId, name, bytes, this.stopping.signal);
    } catch (error) {
      this.log(`${taskId}: ${name} was not uploaded: ${messageOf(error)}`);
      return null;
    }
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async publish(event: string): Promise<void> {
    await this.commands.publish(TASK_EVENTS, event);
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
