/** What most end-to-end suites share: a Redis, a service and a client for the suite, and workers that end with each test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { Client } from './client';
import { Fleet, type FleetSettings, type WorkerOptions } from './fleet';
import { failOnLeftProcesses, failOnLeftSubscriptions } from './leaks';
import { startRedis, type TestRedis } from './redis';
import { type Service, startService } from './service';

/** Beyond every deadline that a test waits for itself, so that it fails with what it waited for. */
export const TEST_TIMEOUT_MS = 45_000;

export interface FlowSettings {
  env?: Readonly<Record<string, string | null>>;
  token?: string;
}

export class Flow {
  private parts: { redis: TestRedis; service: Service; api: Client; resultsDir: string } | null = null;
  private fleets: Fleet[] = [];
  private readonly special = new WeakSet<Fleet>();
  private spare: Fleet | null = null;
  private readonly ears: Redis[] = [];

  constructor(private readonly settings: FlowSettings) {}

  get redis(): TestRedis {
    return this.running.redis;
  }
  get service(): Service {
    return this.running.service;
  }
  get api(): Client {
    return this.running.api;
  }
  /** The directory of the service, which workers can be given too. */
  get resultsDir(): string {
    return this.running.resultsDir;
  }

  /**
   * Workers in a process of their own; stopped after the test if it has not done so itself. Those without special
   * settings use the process of the test before again, since starting one takes longer than most tests.
   */
  async workers(workers: readonly WorkerOptions[], settings: Partial<FleetSettings> = {}): Promise<Fleet> {
    const spare = Object.keys(settings).length === 0 ? this.spare : null;
    if (spare !== null) {
      this.spare = null;
      this.fleets.push(spare);
      await spare.add(...workers);
      return spare;
    }
    const fleet = await Fleet.start({ redisUrl: this.redis.url, ...settings }, workers);
    this.fleets.push(fleet);
    if (Object.keys(settings).length > 0) this.special.add(fleet);
    return fleet;
  }

  /** Workers that the service has had the time to see idle: how far a task is split depends on how many it sees. */
  async settledWorkers(workers: readonly WorkerOptions[]): Promise<Fleet> {
    const fleet = await this.workers(workers);
    await fleet.beat();
    await this.api.workers();
    return fleet;
  }

  /** What is said on a channel from now on; what is no JSON object is left out. */
  async hear(channel: string): Promise<Record<string, unknown>[]> {
    const heard: Record<string, unknown>[] = [];
    const ears = this.redis.connect();
    this.ears.push(ears);
    ears.on('message', (_channel, text) => {
      if (text.startsWith('{')) heard.push(JSON.parse(text) as Record<string, unknown>);
    });
    await ears.subscribe(channel);
    return heard;
  }

  async start(): Promise<void> {
    const redis = await startRedis();
    const resultsDir = await mkdtemp(join(tmpdir(), 'orchestrator-results-'));
    const { env = {}, token } = this.settings;
    const tokens = token === undefined ? {} : { ORCHESTRATOR_TOKEN: token };
    try {
      const service = await startService({ redisUrl: redis.url, resultsDir, env: { ...tokens, ...env } });
      this.parts = { redis, service, api: new Client(service.url, token ?? null), resultsDir };
    } catch (thrown) {
      await redis.stop();
      throw thrown;
    }
  }

  async endTest(): Promise<void> {
    const fleets = this.fleets;
    this.fleets = [];
    const next = fleets.find((fleet) => fleet.isRunning() && !this.special.has(fleet));
    if (next !== undefined) await next.reset();
    this.spare ??= next ?? null;
    await Promise.all(fleets.filter((fleet) => fleet !== this.spare).map((fleet) => fleet.stop()));
  }

  async stop(): Promise<void> {
    if (this.parts === null) return failOnLeftProcesses();
    const { redis, service, resultsDir } = this.parts;
    await this.spare?.stop();
    for (const ears of this.ears) ears.disconnect();
    await service.stop();
    await failOnLeftSubscriptions(redis.client);
    await redis.stop();
    await rm(resultsDir, { recursive: true, force: true });
    await failOnLeftProcesses();
  }

  private get running(): NonNullable<typeof this.parts> {
    if (this.parts === null) throw new Error('the suite has not started yet');
    return this.parts;
  }
}

/** Call at the top of a `describe`: everything starts before its tests, and must be gone after them. */
export function useFlow(settings: FlowSettings = {}): Flow {
  jest.setTimeout(TEST_TIMEOUT_MS);
  const flow = new Flow(settings);
  beforeAll(() => flow.start(), 40_000);
  afterEach(() => flow.endTest(), 15_000);
  afterAll(() => flow.stop(), 30_000);
  return flow;
}
