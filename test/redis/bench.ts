/** The connections as the service has them, on a Redis that a test can take away, and what they log. */
import { Logger } from '@nestjs/common';
import { loadConfig } from '../../src/config/load-config';
import { RedisConnections } from '../../src/redis/redis-connections';

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
