/** Two replicas that share nothing but Redis and a bucket. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '../helpers/client';
import { startRedis, type TestRedis } from '../helpers/redis';
import { launchService, type Service, startService } from '../helpers/service';
import { type ObjectServer, startObjectServer } from './object-server';

export interface Replica {
  service: Service;
  api: Client;
  resultsDir: string;
}

export class Replicas {
  private running: { redis: TestRedis; objects: ObjectServer } | null = null;
  private readonly all: Replica[] = [];

  constructor(private readonly env: Readonly<Record<string, string>> = {}) {}

  get redis(): TestRedis {
    return this.parts.redis;
  }
  get objects(): ObjectServer {
    return this.parts.objects;
  }
  get first(): Replica {
    return this.at(0);
  }
  get second(): Replica {
    return this.at(1);
  }

  async start(count = 2): Promise<void> {
    this.running = { redis: await startRedis(), objects: await startObjectServer() };
    for (let i = 0; i < count; i += 1) await this.add();
  }

  /** @param preload files that node loads before the service, which then is not waited for */
  async add(env: Readonly<Record<string, string>> = {}, preload: readonly string[] = []): Promise<Replica> {
    const resultsDir = await mkdtemp(join(tmpdir(), 'orchestrator-results-'));
    const settings = {
      redisUrl: this.redis.url,
      resultsDir,
      env: { ...this.objects.env, ...this.env, ...env },
      preload,
    };
    const service = await (preload.length === 0 ? startService(settings) : launchService(settings));
    const replica = { service, api: new Client(service.url), resultsDir };
    this.all.push(replica);
    return replica;
  }

  async stop(): Promise<void> {
    for (const { service, resultsDir } of this.all) {
      if (service.isRunning()) await service.stop();
      await rm(resultsDir, { recursive: true, force: true });
    }
    await this.running?.redis.stop();
    await this.running?.objects.stop();
  }

  private get parts(): { redis: TestRedis; objects: ObjectServer } {
    if (this.running === null) throw new Error('they are not started');
    return this.running;
  }

  private at(index: number): Replica {
    const replica = this.all[index];
    if (replica === undefined) throw new Error(`there is no replica ${String(index)}`);
    return replica;
  }
}

/** Started for the suite, stopped after it. */
export function useReplicas(env: Readonly<Record<string, string>> = {}): Replicas {
  const replicas = new Replicas(env);
  beforeAll(() => replicas.start(), 60_000);
  afterAll(() => replicas.stop(), 30_000);
  return replicas;
}
