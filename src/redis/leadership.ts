/**
 * The lease on scheduling: of all replicas on one Redis, one schedules. The lease is for speed; what keeps a replica that
 * was asleep from doing harm is its epoch, which every script that dispatches, requeues or gives up compares.
 */
import { Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { AppConfig } from '../config/app-config';
import { Metrics } from '../metrics/metrics';
import { logFault } from './log-fault';
import { Scripts } from './scripts';

export type Standing =
  | { kind: 'leading'; term: number }
  | { kind: 'following'; replica: string }
  /** Elected, and rebuilding what it needs to schedule. */
  | { kind: 'taking_over' }
  /** Not known: Redis was not asked yet, or does not answer. */
  | { kind: 'unknown' };

export interface LeadershipListener {
  /** Called once for each term; a failure gives the lease back. */
  elected(): Promise<void>;
  deposed(): void;
  /** Redis went back in time or was emptied: everything written since is gone. */
  storeWentBack(): void;
}

/** No script takes it for an epoch. */
const NOT_LEADING = 'not-leading';
/** A lease is renewed this many times before it would end. */
const RENEWALS_PER_LEASE = 3;
/** After the lease of another has ended, so that it is gone for sure. */
const AFTER_LEASE_MS = 20;

@Injectable()
export class Leadership {
  private readonly logger = new Logger(Leadership.name);
  private readonly replica = `${hostname()}:${String(process.pid)}`;
  private readonly leaseMs: number;
  private listener: LeadershipListener | null = null;
  private standing: Standing = { kind: 'unknown' };
  /** The epoch that this replica has, or would have if it were elected next. */
  private candidate = randomUUID();
  private leading = false;
  private term = 0;
  private renewedAtMs = 0;
  private lastPulse = 0;
  private dataset: string | undefined;
  private timer: NodeJS.Timeout | null = null;
  private campaigning: Promise<void> | null = null;
  private resigned = false;

  constructor(
    private readonly scripts: Scripts,
    private readonly metrics: Metrics,
    config: AppConfig,
  ) {
    this.leaseMs = Math.round(config.leaderLeaseSec * 1000);
  }

  /** What scripts are given: the epoch of this replica's term, or one that none of them takes. */
  get epoch(): string {
    return this.leading ? this.candidate : NOT_LEADING;
  }

  /** By what this process knows; the scripts know better. */
  isLeading(): boolean {
    return this.leading;
  }

  current(): Standing {
    return this.standing;
  }

  listen(listener: LeadershipListener): void {
    this.listener = listener;
  }

  /** Stands for election now, and from then on whenever the lease is to be renewed or may be free. */
  async campaign(): Promise<void> {
    this.campaigning ??= this.ask().finally(() => (this.campaigning = null));
    await this.campaigning;
  }

  /** Gives the lease back and stands no more. */
  async resign(): Promise<void> {
    this.resigned = true;
    if (this.timer) clearTimeout(this.timer);
    await this.campaigning;
    if (this.timer) clearTimeout(this.timer);
    if (!this.leading) return;
    const epoch = this.candidate;
    this.stepDown('it resigned');
    // Redis may be away, and the lease runs out by itself.
    await this.scripts.run('resign', { epoch }).catch(() => undefined);
  }

  private async ask(): Promise<void> {
    if (this.resigned) return;
    if (this.timer) clearTimeout(this.timer);
    let nextMs = this.leaseMs / RENEWALS_PER_LEASE;
    const askedAtMs = performance.now();
    try {
      const answer = await this.scripts.run('lead', {
        epoch: this.candidate,
        replica: this.replica,
        lease_ms: String(this.leaseMs),
      });
      this.metrics.redisRoundTrip.observe((performance.now() - askedAtMs) / 1_000);
      if (answer[0] === 'leading') {
        this.lead(answer[1], this.notePulse(answer[2], answer[3]), askedAtMs);
      } else {
        this.notePulse(answer[3], answer[4]);
        this.follow(answer[1]);
        nextMs = Math.min(this.leaseMs, Math.max(0, answer[2]) + AFTER_LEASE_MS);
      }
    } catch (error) {
      // Redis is away, which the connection reports, or the term could not begin, which was said there.
      const isOver = performance.now() - this.renewedAtMs >= this.leaseMs;
      if (this.leading && isOver) this.stepDown('its lease ran out unrenewed');
      if (!this.leading) this.standing = { kind: 'unknown' };
      this.logger.debug({ err: error }, 'the lease on scheduling could not be asked for');
    }
    this.again(nextMs);
  }

  private again(inMs: number): void {
    if (this.resigned) return;
    this.timer = setTimeout(() => void this.campaign(), inMs).unref();
  }

  /** @param unbroken nobody else has led since this replica last heard of its lease, should that have run out */
  private lead(term: number, unbroken: boolean, askedAtMs: number): void {
    const isNew = !this.leading || (term !== this.term && !unbroken);
    this.leading = true;
    this.term = term;
    this.renewedAtMs = askedAtMs;
    if (isNew) void this.takeOver(term);
  }

  /** The lease is renewed while the state is rebuilt, which may take longer than it lasts. */
  private async takeOver(term: number): Promise<void> {
    this.standing = { kind: 'taking_over' };
    this.logger.log({ term }, 'this replica schedules');
    this.metrics.leader.set(1);
    const epoch = this.candidate;
    try {
      await this.listener?.elected();
      if (epoch === this.candidate) this.standing = { kind: 'leading', term };
    } catch (error) {
      logFault(this.logger, error, 'the state could not be rebuilt; scheduling is left to whoever can');
      if (epoch !== this.candidate) return;
      this.stepDown('its state could not be rebuilt');
      // Redis may be away, and the lease runs out by itself.
      await this.scripts.run('resign', { epoch }).catch(() => undefined);
    }
  }

  private follow(replica: string): void {
    if (this.leading) this.stepDown(`${replica} has it`);
    this.standing = { kind: 'following', replica };
  }

  private stepDown(why: string): void {
    this.leading = false;
    this.candidate = randomUUID();
    this.standing = { kind: 'unknown' };
    this.metrics.leader.set(0);
    this.logger.warn({ why }, 'this replica schedules no more');
    this.listener?.deposed();
  }

  /** @returns whether it follows on the last one that was seen */
  private notePulse(pulse: number, dataset: string): boolean {
    const before = this.lastPulse;
    const isAnother = this.dataset !== undefined && dataset !== this.dataset;
    this.lastPulse = pulse;
    this.dataset = dataset;
    if (pulse < before || isAnother) this.listener?.storeWentBack();
    return pulse === before + 1 && !isAnother;
  }
}
