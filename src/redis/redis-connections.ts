/**
 * The two connections that everything shares: one for commands, one that only subscribes. Redis may be away at the start
 * and at any time later: both are made anew until it answers, and whoever asks meanwhile is told at once that it does not.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Redis } from 'ioredis';
import { AppConfig } from '../config/app-config';
import { parseRedisUrl, placeOf } from '../config/redis-url';
import { ASKED_FIRST, GatedRedis } from './gated-redis';
import { OutageLog } from './outage-log';
import { redisOptions } from './redis-options';
import { checkServer, type ServerReport } from './server-check';
import { type Stream, Watchdog } from './watchdog';

/** A command that Redis has not answered by then fails, so that no request hangs on a stalled server. */
const COMMAND_TIMEOUT_MS = 5_000;
/** How often a connected server that cannot be used yet, such as a replica or one that forgets, is looked at again. */
const RECHECK_MS = 1_000;
/** A Redis that is there answers within moments; without it the service starts all the same. */
const START_PATIENCE_MS = 1_000;

type Listener = () => void;

@Injectable()
export class RedisConnections implements OnModuleInit {
  private readonly logger = new Logger(RedisConnections.name);
  readonly commands: GatedRedis;
  readonly subscriber: Redis;

  private readonly outages: OutageLog;
  private readonly watchdogs: readonly Watchdog[];
  private readonly upListeners: Listener[] = [];
  private readonly downListeners: Listener[] = [];
  private unusableListener: ((error: Error) => void) | null = null;
  /** Who waits for the next connection, once. */
  private readonly awaited = new Set<() => void>();
  private readonly warned = new Set<string>();
  private up = false;
  private wasUp = false;
  private obstacle: string | null = null;
  private closed = false;
  /** The subscriber's socket while nothing is read from it. */
  private held: Stream | null = null;
  private settle: () => void = () => undefined;
  /** Resolves once it is known whether Redis is there. */
  private readonly firstOutcome = new Promise<void>((resolve) => {
    this.settle = resolve;
  });

  constructor(private readonly config: AppConfig) {
    const address = parseRedisUrl(config.redisUrl);
    if (!address.ok) throw new Error(`REDIS_URL: ${address.error}`);
    const options = redisOptions(address.value, config.redisSentinelPassword);
    this.outages = new OutageLog(this.logger, placeOf(address.value));
    this.commands = new GatedRedis({
      ...options,
      enableAutoPipelining: true,
      // Commands in a pipeline wait for the one before, a sign of life must not; scripts are put together by Scripts.
      autoPipeliningIgnoredCommands: [...ASKED_FIRST, 'evalsha', 'eval'],
      commandTimeout: COMMAND_TIMEOUT_MS,
      // Commands whose answer was cut off are sent again on the next connection; if that does not come at once, they fail.
      maxRetriesPerRequest: 1,
      // The master has become a replica: the next connection finds the new one, or waits for it.
      reconnectOnError: (error) => error.message.startsWith('READONLY'),
    });
    // Subscriptions are made anew by EventSubscriptions, which has to know when they are there.
    this.subscriber = new Redis({ ...options, autoResubscribe: false, maxRetriesPerRequest: null });
    this.watchdogs = [
      this.watch(this.commands),
      this.watch(this.subscriber, (stream) => stream === this.held),
    ];
    this.commands.on('ready', () => void this.admit());
    this.commands.on('close', () => {
      this.goDown();
    });
    this.subscriber.on('ready', () => {
      this.noteBack();
    });
  }

  async onModuleInit(): Promise<void> {
    for (const redis of [this.commands, this.subscriber]) redis.connect().catch(() => undefined);
    for (const watchdog of this.watchdogs) watchdog.start();
    await Promise.race([this.firstOutcome, sleep(START_PATIENCE_MS, undefined, { ref: false })]);
  }

  /** After the last request and the last message. */
  close(): void {
    this.closed = true;
    for (const watchdog of this.watchdogs) watchdog.stop();
    this.subscriber.disconnect();
    this.commands.disconnect();
  }

  /** Whether commands can be sent: Redis answers and was found fit. */
  isUp(): boolean {
    return this.up && this.commands.status === 'ready';
  }

  /** What is wrong with the server that is there; null: nothing, or there is none. */
  whyUnfit(): string | null {
    return this.obstacle;
  }

  /** Calls back each time commands can be sent again, the first time too; at once when they can now. */
  onUp(listener: Listener): void {
    this.upListeners.push(listener);
    if (this.isUp()) queueMicrotask(listener);
  }

  /** Whether commands can be sent, now or within so long. */
  async untilUp(withinMs: number): Promise<boolean> {
    if (this.isUp()) return true;
    const up = new Promise<void>((resolve) => this.awaited.add(resolve));
    await Promise.race([up, sleep(withinMs, undefined, { ref: false })]);
    return this.isUp();
  }

  /** Calls back each time the connection is lost after it was up. */
  onDown(listener: Listener): void {
    this.downListeners.push(listener);
  }

  /** Calls back when the first Redis that was reached must not be worked with; nothing is connected any more then. */
  onUnusable(listener: (error: Error) => void): void {
    this.unusableListener = listener;
  }

  /** What is not read waits in Redis, which cuts us off when that becomes too much. */
  readMessages(on: boolean): void {
    const { stream } = this.subscriber;
    this.held = on ? null : stream;
    if (on) stream.resume();
    else stream.pause();
  }

  private watch(redis: Redis, isHeld?: (stream: Stream) => boolean): Watchdog {
    let why: unknown = null;
    redis.on('error', (error: unknown) => {
      why = error;
      this.noteMissing(error);
    });
    redis.on('close', () => {
      this.noteMissing(why ?? 'it closed the connection');
      why = null;
    });
    // The client gives up for good when a failover comes in the middle of an attempt.
    redis.on('end', () => {
      setTimeout(() => {
        if (!this.closed) redis.connect().catch(() => undefined);
      }, RECHECK_MS).unref();
    });
    const onSilence = (seconds: number): void => {
      why ??= `it has not answered for ${String(seconds)} s`;
    };
    return new Watchdog(redis, onSilence, isHeld);
  }

  /** A new connection for commands: what is there is looked at before anybody works with it. */
  private async admit(): Promise<void> {
    const { stream } = this.commands;
    const isGone = (): boolean =>
      this.closed || this.commands.stream !== stream || this.commands.status !== 'ready';
    for (;;) {
      const obstacle = await checkServer(this.commands).then(
        (report) => this.judge(report),
        (error: unknown) => error,
      );
      if (isGone()) return;
      if (obstacle === null) break;
      this.commands.judged('unfit');
      this.obstacle = typeof obstacle === 'string' ? obstacle : null;
      this.noteMissing(obstacle);
      await sleep(RECHECK_MS, undefined, { ref: false });
      if (isGone()) return;
    }
    this.up = true;
    this.wasUp = true;
    this.obstacle = null;
    this.commands.judged('fit');
    this.noteBack();
    const awaited = [...this.awaited];
    this.awaited.clear();
    this.call([...this.upListeners, ...awaited]);
  }

  /** What stands in the way of working with this server; null: nothing. */
  private judge({ cluster, replica, weaknesses }: ServerReport): string | null {
    if (cluster) {
      return this.refuse(
        'REDIS_URL is a Redis Cluster; workers register across slots, so a single Redis is needed',
      );
    }
    if (replica) return 'READONLY it is a replica, and REDIS_URL has to name the master';
    if (this.config.requireDurableRedis && weaknesses.size > 0) {
      const listed = [...weaknesses.values()].join('. ');
      return this.refuse(`${listed}. To work with it all the same, set REQUIRE_DURABLE_REDIS=false`);
    }
    for (const [weakness, sentence] of weaknesses) {
      if (!this.warned.has(weakness)) this.logger.warn(`${sentence}. Until then tasks may be lost`);
      this.warned.add(weakness);
    }
    return null;
  }

  /**
   * A Redis that was set up wrongly ends a start. One that takes the place of a good one, as after a failover, must not
   * take every replica down with it: results and files are taken all the same, and it is looked at until it is fit.
   */
  private refuse(why: string): string {
    if (this.closed) return why;
    if (this.wasUp) {
      this.outages.unfit(why);
      return why;
    }
    this.close();
    if (this.unusableListener) this.unusableListener(new Error(why));
    else this.logger.error(why);
    return why;
  }

  private goDown(): void {
    this.obstacle = null;
    this.commands.closed();
    if (!this.up) return;
    this.up = false;
    this.call(this.downListeners);
  }

  private noteMissing(why: unknown): void {
    this.settle();
    if (!this.closed) this.outages.missing(why);
  }

  private noteBack(): void {
    if (!this.isUp() || this.subscriber.status !== 'ready') return;
    this.settle();
    this.outages.back();
  }

  private call(listeners: readonly Listener[]): void {
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        this.logger.error({ err: error }, 'a change of the connection could not be followed');
      }
    }
  }
}
