/** The connections as the service has them, on a Redis that a test can take away, and what they log. */
import { Logger } from '@nestjs/common';
import { loadConfig } from '../../src/config/load-config';
import { Metrics } from '../../src/metrics/metrics';
import { RedisConnections } from '../../src/redis/redis-connections';
import { Scripts } from '../../src/redis/scripts';
import { WorkerReader } from '../../src/workers/worker-reader';
import { startRedis, type TestRedis } from '../helpers/redis';

export interface Bench {
  readonly connections: RedisConnections;
  /** `up` and `down`, as they came. */
  readonly changes: string[];
  /** Why Redis was refused. */
  readonly refusals: string[];
  close(): void;
}

/** Warnings, errors and ordinary lines of the log, from now on. */
export function logLines(): string[] {
  const lines: string[] = [];
  const keep = (message: unknown): void => {
    lines.push(String(message));
  };
  Logger.overrideLogger({ log: keep, warn: keep, error: keep, debug: () => undefined });
  return lines;
}

export async function openConnections(
  redisUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Bench> {
  const connections = new RedisConnections(loadConfig({ REDIS_URL: redisUrl, ...env }));
  const changes: string[] = [];
  const refusals: string[] = [];
  connections.onUp(() => changes.push('up'));
  connections.onDown(() => changes.push('down'));
  connections.onUnusable(({ message }) => refusals.push(message));
  await connections.onModuleInit();
  return {
    connections,
    changes,
    refusals,
    close: () => {
      connections.close();
    },
  };
}

export const readerOf = (connections: RedisConnections): WorkerReader =>
  new WorkerReader(connections, new Scripts(connections, new Metrics()));

/** A Redis of the suite's own with the connections to it, for the tests of the file that calls this. */
export function useConnections(): { redis: () => TestRedis; connections: () => RedisConnections } {
  let redis: TestRedis;
  let bench: Bench;
  beforeAll(async () => {
    redis = await startRedis();
    bench = await openConnections(redis.url);
  });
  afterAll(async () => {
    bench.close();
    await redis.stop();
  });
  return { redis: () => redis, connections: () => bench.connections };
}
