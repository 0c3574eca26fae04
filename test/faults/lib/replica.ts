/** One orchestrator process of a cluster, with what a row does to it from outside. */
import { resolve } from 'node:path';
import { launchService, type Service } from '../../helpers/service';
import { SessionlessClient } from './clients';

const ARM_CRASH_POINT = resolve(__dirname, 'arm-crash-point.cjs');
const SHIFT_CLOCK = resolve(__dirname, 'shift-clock.cjs');

export interface ReplicaSettings {
  env?: Readonly<Record<string, string>>;
  /** Where it reaches Redis, when not directly. */
  redisUrl?: string;
  /** `<name>[:<nth>]` of a crash point at which it dies. */
  crashAt?: string;
  /** How far its clock is ahead. */
  clockShiftMs?: number;
  /** Do not wait until it is ready. */
  eager?: boolean;
}

export interface Replica {
  readonly name: string;
  readonly service: Service;
  readonly api: SessionlessClient;
  readonly crashAt: string | null;
}

interface Place {
  name: string;
  token: string | null;
  redisUrl: string;
  resultsDir: string;
  baseUrl: string;
  port: number | undefined;
}

export async function launchReplica(settings: Place & ReplicaSettings): Promise<Replica> {
  const { name, token, redisUrl, resultsDir, baseUrl, port, crashAt, clockShiftMs } = settings;
  const service = await launchService({
    redisUrl,
    resultsDir,
    env: {
      ORCHESTRATOR_BASE_URL: baseUrl,
      ...(token === null ? {} : { ORCHESTRATOR_TOKEN: token }),
      ...(crashAt === undefined ? {} : { CRASH_AT: crashAt }),
      ...clockEnv(clockShiftMs),
      ...settings.env,
    },
    preload: [
      ...(crashAt === undefined ? [] : [ARM_CRASH_POINT]),
      ...(clockShiftMs === undefined ? [] : [SHIFT_CLOCK]),
    ],
    ...(port === undefined ? {} : { port }),
  });
  return { name, service, api: new SessionlessClient(service.url, token), crashAt: crashAt ?? null };
}

/** The file to preload and its variable, for a process whose clock is off. */
export const shiftedClock = (ms: number): { preload: string[]; env: Record<string, string> } => ({
  preload: [SHIFT_CLOCK],
  env: clockEnv(ms),
});

function clockEnv(ms: number | undefined): Record<string, string> {
  return ms === undefined ? {} : { CLOCK_SHIFT_MS: String(ms) };
}
