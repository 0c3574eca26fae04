/**
 * Leaving without a failed request: once everything else has stopped, the listener stays open for as long as load
 * balancers need to notice and as results and uploads are on their way, within the grace.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AppConfig } from '../config/app-config';
import { ReadinessConditions } from './readiness-conditions';

const LOOK_EVERY_MS = 50;
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

@Injectable()
export class HttpDrain
  implements OnModuleInit, OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown
{
  private readonly answering = new Map<ServerResponse, IncomingMessage>();
  private leavingSinceMs: number | null = null;
  private atLeastMs = 0;
  private idleCheck: NodeJS.Timeout | null = null;
  private grace: NodeJS.Timeout | null = null;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly config: AppConfig,
    private readonly conditions: ReadinessConditions,
  ) {}

  onModuleInit(): void {
    this.conditions.add('process', () =>
      this.isLeaving() ? { up: false, message: 'shutting down' } : { up: true },
    );
    // In front of the routes, which may answer before anybody behind them is called.
    this.server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      if (this.isLeaving()) response.setHeader('Connection', 'close');
      this.answering.set(response, request);
      response.once('close', () => this.answering.delete(response));
    });
  }

  /**
   * The first step of leaving: not ready any more, and whoever is answered from now on comes back to another replica.
   * The listener stays open for `atLeastSec`.
   */
  begin(atLeastSec: number): void {
    if (this.isLeaving()) return;
    this.leavingSinceMs = performance.now();
    this.atLeastMs = atLeastSec * 1_000;
    for (const response of this.answering.keys()) {
      if (!response.headersSent) response.setHeader('Connection', 'close');
    }
    this.grace = setTimeout(() => {
      this.server.closeAllConnections();
    }, this.config.shutdownGraceSec * 1_000);
  }

  onModuleDestroy(): void {
    this.begin(0);
  }

  /**
   * Holds the end of the listener back. This module is global, and Nest comes to global modules last: by then
   * nothing is dispatched any more and the lease on scheduling is given back.
   */
  async beforeApplicationShutdown(): Promise<void> {
    const atMostMs = this.config.shutdownGraceSec * 1_000;
    while (this.leavingMs() < atMostMs && (this.leavingMs() < this.atLeastMs || this.isTakingBodies())) {
      await sleep(LOOK_EVERY_MS);
    }
    // A connection that is made but not yet accepted when the listener closes is reset: all are accepted right before.
    await setImmediate();
    // From here on the listener closes, and with it every connection as soon as it has been answered.
    this.idleCheck = setInterval(() => {
      this.server.closeIdleConnections();
    }, LOOK_EVERY_MS);
  }

  onApplicationShutdown(): void {
    if (this.idleCheck) clearInterval(this.idleCheck);
    if (this.grace) clearTimeout(this.grace);
  }

  private isLeaving(): boolean {
    return this.leavingSinceMs !== null;
  }

  private leavingMs(): number {
    return performance.now() - (this.leavingSinceMs ?? performance.now());
  }

  private isTakingBodies(): boolean {
    return [...this.answering.values()].some(({ method = '' }) => WITH_BODY.has(method));
  }

  private get server(): Server {
    return this.host.httpAdapter.getHttpServer() as Server;
  }
}
