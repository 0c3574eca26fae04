/** How both connections are made: to the server that REDIS_URL names, or to the master that its sentinels name. */
import type { RedisOptions } from 'ioredis';
import type { RedisAddress } from '../config/redis-url';

/** A server that does not take a connection by then, or a sentinel that does not answer, is given up for this time. */
const CONNECT_TIMEOUT_MS = 3_000;
/** The pause doubles up to this, so that a Redis that is back is found within a second. */
const MAX_PAUSE_MS = 1_000;

/** Replies keep the shapes that the client's own types describe. */
type ConnectionOptions = Omit<RedisOptions, 'replyMapping'>;

export function redisOptions(address: RedisAddress, sentinelPassword: string | null): ConnectionOptions {
  return {
    ...serverOptions(address, sentinelPassword),
    ...(address.username === null ? {} : { username: address.username }),
    ...(address.password === null ? {} : { password: address.password }),
    db: address.db,
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: 200,
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, MAX_PAUSE_MS),
    // While Redis reads its files it is asked again as often as while it is away.
    maxLoadingRetryTime: MAX_PAUSE_MS,
    // What cannot be sent now fails now: whoever asked knows better than a queue what to do meanwhile.
    enableOfflineQueue: false,
  };
}

function serverOptions(
  { hosts, master, tls }: RedisAddress,
  sentinelPassword: string | null,
): ConnectionOptions {
  const secured = tls ? { tls: {} } : {};
  if (master === null) return { ...hosts[0], ...secured };
  return {
    ...secured,
    sentinels: [...hosts],
    name: master,
    role: 'master',
    ...(tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
    ...(sentinelPassword === null ? {} : { sentinelPassword }),
    sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
    // A master that was replaced is left at once, also when it is still there.
    failoverDetector: true,
  };
}
