/**
 * A whole installation for one round: a Redis, replicas over one results volume behind a front, workers in processes
 * of their own, readers, and the history of all of it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../helpers/client';
import { Fleet, type FleetEvent, type FleetSettings, type WorkerOptions } from '../../helpers/fleet';
import { startRedis, type RedisSettings, type TestRedis } from '../../helpers/redis';
import { waitFor } from '../../helpers/wait';
import { deleteResult, SessionlessClient } from './clients';
import { listen } from './ears';
import { conclude } from './ending';
import { Front } from './front';
import { History } from './history';
import { Planner, type Plan } from './plans';
import { Proxy } from './proxy';
import type { Random } from './random';
import { launchReplica, type Replica, type ReplicaSettings } from './replica';
import { Reader, spoolBytes, usageOf, Watcher } from './watchers';

export interface ClusterSettings {
  redis?: RedisSettings;
  /** One that runs already, and is stopped by whoever started it. */
  server?: TestRedis;
  /** How replicas reach it, when not directly. */
  redisUrl?: string;
  /** For every replica; each can add to it. */
  env?: Readonly<Record<string, string>>;
  /** An own directory when it is not given. */
  resultsDir?: string;
  /** How many replicas run and are ready when it has started; 1 when it is not given. */
  replicas?: number;
  /** How often a reader looks into some task's result and files, in milliseconds. */
  readEveryMs?: number;
  /** Asked of every client; documents carry it for the workers' posts. */
  token?: string;
}

const READ_EVERY_MS = 100;
const SAMPLE_EVERY_MS = 500;
const SUBMIT_TIMEOUT_MS = 10_000;

/** Quick enough for a round of seconds, and patient enough that only a fault makes a worker lost. */
const QUICK: Readonly<Record<string, string>> = {
  HEARTBEAT_TTL_SEC: '3',
  PROVING_TIMEOUT_SEC: '1',
  ACK_TIMEOUT_SEC: '1.5',
  IDLE_GRACE_SEC: '3',
  RECOVERY_GRACE_SEC: '2',
  LEADER_LEASE_SEC: '1',
  SHUTDOWN_DRAIN_SEC: '0',
};

export class Cluster {
  readonly history = new History();
  readonly replicas = new Map<string, Replica>();
  readonly fleets: Fleet[] = [];
  private readonly processes: Replica[] = [];
  private readonly proxies: Proxy[] = [];
  private readonly watchers: Watcher[] = [];

  private constructor(
    /** The server that counts; after a failover, the one that was a replica. */
    public redis: TestRedis,
    readonly front: Front,
    readonly resultsDir: string,
    private readonly settings: ClusterSettings,
    /** Talks to whichever replica the front chooses. */
    readonly api: Client,
    readonly plans: Planner,
  ) {}

  static async start(random: Random, settings: ClusterSettings = {}): Promise<Cluster> {
    const [redis, front] = await Promise.all([settings.server ?? startRedis(settings.redis), Front.start()]);
    const resultsDir = settings.resultsDir ?? (await mkdtemp(join(tmpdir(), 'orchestrator-faults-')));
    const token = settings.token ?? null;
    const api = new SessionlessClient(front.url, token);
    const plans = new Planner(api.resultsUrl, token, random);
    const cluster = new Cluster(redis, front, resultsDir, settings, api, plans);
    await cluster.hear();
    const names = ['a', 'b', 'c'].slice(0, settings.replicas ?? 1);
    await Promise.all(names.map((name) => cluster.replica(name)));
    const reader = new Reader(api, resultsDir, cluster.history);
    cluster.meanwhile(settings.readEveryMs ?? READ_EVERY_MS, () => reader.look());
    cluster.meanwhile(SAMPLE_EVERY_MS, () => cluster.sample());
    return cluster;
  }

  /** Starts a replica, again on its old port when it ran before; waits until it is ready unless told not to. */
  async replica(name: string, settings: ReplicaSettings = {}): Promise<Replica> {
    const replica = await launchReplica({
      name,
      token: this.settings.token ?? null,
      redisUrl: this.settings.redisUrl ?? this.redis.url,
      resultsDir: this.resultsDir,
      baseUrl: this.front.url,
      port: this.replicas.get(name)?.service.port,
      ...settings,
      env: { ...QUICK, ...this.settings.env, ...settings.env },
    });
    this.replicas.set(name, replica);
    this.processes.push(replica);
    this.front.set(name, replica.service.port);
    if (settings.eager !== true) await replica.service.untilReady({ withinMs: 30_000 });
    return replica;
  }

  get(name: string): Replica {
    const replica = this.replicas.get(name);
    if (replica === undefined) throw new Error(`there is no replica ${name}`);
    return replica;
  }

  /** SIGKILL. */
  async kill(name: string): Promise<void> {
    this.fault(`kill -9 of replica ${name}`);
    this.history.add({ kind: 'crashed', service: name });
    await this.get(name).service.kill();
  }

  /** Waits until a replica has died of its crash point. */
  async dead(name: string, withinMs = 20_000): Promise<void> {
    const { service, crashAt } = this.get(name);
    await waitFor(
      `the death of replica ${name} at ${crashAt ?? 'no crash point'}`,
      () => !service.isRunning(),
      { withinMs },
    );
    this.fault(`replica ${name} died at ${crashAt ?? ''}`);
    this.history.add({ kind: 'crashed', service: name });
    await service.untilGone();
  }

  fault(what: string): void {
    this.history.add({ kind: 'fault', what });
  }

  /** A proxy to Redis, passing everything until it is told otherwise. */
  async proxy(): Promise<Proxy> {
    const proxy = await Proxy.start(this.redis.port);
    this.proxies.push(proxy);
    return proxy;
  }

  /** Workers in a process of their own. */
  async workers(workers: readonly WorkerOptions[], settings: Partial<FleetSettings> = {}): Promise<Fleet> {
    const fleet = await Fleet.start({ redisUrl: this.redis.url, ...settings }, workers);
    fleet.onTold((told) => {
      this.note(told);
    });
    this.fleets.push(fleet);
    return fleet;
  }

  /** Does something over and over beside the rest, until it is stopped or the cluster is. */
  meanwhile(everyMs: number, step: () => Promise<void> | void): Watcher {
    const watcher = new Watcher(everyMs, step);
    this.watchers.push(watcher);
    return watcher;
  }

  /** Lists what comes over Redis from now on; after a failover, over the server that counts now. */
  async hear(): Promise<void> {
    await listen(this.redis.connect(), this.history);
  }

  /** Submits until it is taken, as a client does that has no answer, each document under one key; gives the ids in document order. */
  async submit(plan: Plan, withinMs = 30_000): Promise<string[]> {
    return waitFor(`document ${plan.name} to be taken`, () => this.trySubmit(plan), {
      withinMs,
      everyMs: 100,
    });
  }

  async submitAll(plans: readonly Plan[]): Promise<string[]> {
    const ids: string[] = [];
    for (const plan of plans) ids.push(...(await this.submit(plan)));
    return ids;
  }

  /** One try; null when it was not taken, or nobody knows. */
  async trySubmit(plan: Plan, api = this.api): Promise<string[] | null> {
    const answer = await api
      .request('/api/v1/tasks', {
        method: 'POST',
        headers: { 'content-type': 'text/yaml', 'idempotency-key': plan.name },
        body: plan.document.toYaml(),
        signal: AbortSignal.timeout(SUBMIT_TIMEOUT_MS),
      })
      .then(async (response) => ({ status: response.status, text: await response.text() }))
      .catch(() => null);
    const taken = answer?.status === 201;
    const tasks = taken
      ? (JSON.parse(answer.text) as { tasks: { task_id: string; name: string }[] }).tasks
      : [];
    this.history.add({
      kind: 'submitted',
      name: plan.name,
      count: plan.tasks.length,
      status: answer?.status ?? null,
      tasks: tasks.map(({ task_id: id, name }, index) => ({ ...plan.tasks[index]!, id, name })),
    });
    return taken ? tasks.map(({ task_id: id }) => id) : null;
  }

  /** Deletes what a task has stored, asked as often as it takes; then looks whether anybody is given it. */
  async delete(id: string): Promise<void> {
    const isDone = async (): Promise<boolean> => (await deleteResult(this.history, this.api, id)) === 204;
    await waitFor(`what task ${id} has stored to be deleted`, isDone, { withinMs: 30_000, everyMs: 100 });
    await new Reader(this.api, this.resultsDir, this.history).lookAt(id);
  }

  /** No fault is left: waits for the end of every task and writes down how things stand. */
  async conclude(withinMs?: number): Promise<void> {
    await conclude(this, withinMs);
  }

  /** Of every replica process there was, by name. */
  logs(): [name: string, text: string][] {
    return this.processes.map(({ name, service }) => [`${name}-${String(service.pid)}`, service.logs()]);
  }

  async stop(): Promise<void> {
    await Promise.all(this.watchers.map((watcher) => watcher.stop()));
    for (const fleet of this.fleets) fleet.signal('SIGCONT');
    await Promise.all(this.fleets.map((fleet) => (fleet.isRunning() ? fleet.stop() : fleet.kill())));
    for (const { service } of this.replicas.values()) service.signal('SIGCONT');
    const stops = await Promise.allSettled([...this.replicas.values()].map(({ service }) => service.stop()));
    await this.front.stop();
    for (const proxy of this.proxies) await proxy.stop();
    if (this.settings.server === undefined) await this.redis.stop();
    if (this.settings.resultsDir === undefined) await rm(this.resultsDir, { recursive: true, force: true });
    for (const stop of stops) if (stop.status === 'rejected') throw stop.reason;
  }

  private async sample(): Promise<void> {
    const spool = await spoolBytes(this.resultsDir);
    // A server that dies over the question never answers it.
    const asked = this.redis.client.info('memory').catch(() => '');
    const info = await Promise.race([asked, sleep(SAMPLE_EVERY_MS, '')]);
    const redisBytes = Number(/^used_memory:(\d+)/m.exec(info)?.[1] ?? 0);
    for (const { name, service } of this.replicas.values()) {
      const usage = service.isRunning() ? await usageOf(service.pid) : null;
      if (usage === null) continue;
      this.history.add({
        kind: 'sample',
        service: `${name} (${String(service.pid)})`,
        ...usage,
        spoolBytes: spool,
        redisBytes,
      });
    }
  }

  private note(told: FleetEvent): void {
    const { event, worker, task_id: taskId, attempt_id: attemptId = null, at } = told;
    if (worker === null || taskId === undefined) return;
    const sent = { taskId, attemptId, sha256: told.sha256 ?? '' };
    const answer = {
      ...sent,
      status: told.status ?? null,
      sentAt: told.sent_at ?? at,
      why: told.why ?? told.body ?? '',
    };
    switch (event) {
      case 'received':
        this.history.add(
          {
            kind: 'received',
            taskId,
            worker,
            attemptId: told.message?.attempt_id ?? '',
            busy: told.busy === true,
          },
          at,
        );
        return;
      case 'sending':
        this.history.add({ kind: 'sending', ...sent, name: told.name ?? null }, at);
        return;
      case 'posted':
      case 'post_failed':
        this.history.add({ kind: 'posted', ...answer }, at);
        return;
      case 'uploaded':
      case 'upload_failed':
        this.history.add({ kind: 'uploaded', ...answer, name: told.name ?? '' }, at);
        return;
      case 'finished':
        this.history.add(
          { kind: 'finished', taskId, worker, attemptId, type: told.type ?? '', error: told.error ?? null },
          at,
        );
    }
  }
}
