/**
 * Delivers a parent's aggregate to the place that its document names. Documents come from many hands, so only hosts of
 * DELIVERY_ALLOWED_HOSTS are reached, redirects are not followed, and a private address must be on the list itself.
 */
import { Injectable, Logger } from '@nestjs/common';
import { lookup } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppConfig } from '../config/app-config';
import type { Delivery } from '../core/wire/destination';
import { isPublicAddress, plainAddress } from './addresses';

const TRIES = 3;
const PAUSE_MS = 1_000;
/** What a timer of Node takes. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
/** A large body is given a second more for each of these. */
const BYTES_PER_SEC = 1024 * 1024;

/** What is posted. */
export interface Parcel {
  taskId: string;
  /** Bytes of the body. */
  length: number;
  /** Anew for each try. */
  body(): string | Readable;
}

@Injectable()
export class AggregateDelivery {
  private readonly logger = new Logger(AggregateDelivery.name);
  private readonly allowed: ReadonlySet<string>;

  constructor(config: AppConfig) {
    this.allowed = new Set(config.deliveryAllowedHosts.map((host) => plainAddress(host)));
  }

  /**
   * @param signal ends it undecided: it throws then
   * @returns null when it was taken, else a sentence for the task's record
   */
  async deliver(parcel: Parcel, delivery: Delivery, signal: AbortSignal): Promise<string | null> {
    const refusal = this.refusal(delivery.url);
    if (refusal !== null) return this.undelivered(parcel, refusal);
    let failure = '';
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      if (attempt > 0) await sleep(PAUSE_MS * 2 ** (attempt - 1), undefined, { ref: false, signal });
      try {
        const status = await this.post(new URL(delivery.url), parcel, delivery, signal);
        if (status < 300) return null;
        failure = `it answered ${String(status)}`;
        if (status < 500) break;
      } catch (error) {
        signal.throwIfAborted();
        failure = error instanceof Error ? error.message : String(error);
        if (error instanceof RefusedAddress) break;
      }
    }
    return this.undelivered(parcel, failure);
  }

  private undelivered({ taskId }: Parcel, why: string): string {
    const sentence = `the aggregate is stored here, but was not delivered to output.destination.url: ${why}`;
    this.logger.warn({ task_id: taskId }, sentence);
    return sentence;
  }

  private refusal(text: string): string | null {
    if (!URL.canParse(text)) return 'it is no URL';
    const { protocol, hostname } = new URL(text);
    if (protocol !== 'http:' && protocol !== 'https:') return `${protocol} is not delivered to`;
    if (!this.allowed.has(plainAddress(hostname))) return 'its host is not among DELIVERY_ALLOWED_HOSTS';
    return null;
  }

  private post(url: URL, parcel: Parcel, delivery: Delivery, signal: AbortSignal): Promise<number> {
    const headers = {
      'Content-Type': 'application/json',
      ...delivery.headers,
      'Content-Length': parcel.length,
    };
    const seconds = delivery.timeoutSec + Math.floor(parcel.length / BYTES_PER_SEC);
    const timeout = AbortSignal.timeout(Math.min(seconds * 1000, MAX_TIMEOUT_MS));
    const body = parcel.body();
    return new Promise((resolve, reject) => {
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const request = send(url, {
        method: 'POST',
        headers,
        lookup: this.checkedLookup,
        signal: AbortSignal.any([signal, timeout]),
      });
      request.on('response', (response) => {
        response.resume();
        resolve(response.statusCode ?? 500);
        // Whoever answers before it has read all of it does not want the rest.
        if (typeof body !== 'string') body.destroy();
      });
      request.on('error', reject);
      if (typeof body === 'string') request.end(body);
      else pipeline(body, request).catch(reject);
    });
  }

  /** Resolves a name and refuses what it must not reach; the connection goes to the very address that was checked. */
  private readonly checkedLookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const refused = error ? undefined : addresses.find(({ address }) => !this.mayReach(address));
      const [first] = error ? [] : addresses;
      if (error) callback(error, '', 0);
      else if (refused) callback(new RefusedAddress(hostname), '', 0);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first?.address ?? '', first?.family ?? 0);
    });
  };

  private mayReach(address: string): boolean {
    return isIP(address) !== 0 && (isPublicAddress(address) || this.allowed.has(plainAddress(address)));
  }
}

class RefusedAddress extends Error {
  constructor(host: string) {
    super(`${host} resolves to a private or link-local address that is not among DELIVERY_ALLOWED_HOSTS`);
  }
}
