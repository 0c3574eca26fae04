/**
 * Where documents are prepared: small ones at once, since a message to a thread costs more than they do; large ones in a
 * thread, so that results, events and probes do not wait for them.
 */
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { join } from 'node:path';
import { availableParallelism } from 'node:os';
import type { JsonObject } from '../core/json';
import { expandedChars } from '../core/spec/expand';
import { readPlain } from '../core/spec/read-plain';
import { LazyPool } from '../threads/lazy-pool';
import { type Preparation, type Prepared, prepareRun } from './prepare-run';

/** Texts up to here are prepared at once, whatever is in them: some 7 ms if the library has to read them. */
const SMALL_CHARS = 8 * 1024;
/** Plain texts up to here too, if no more than this comes of them: some 6 ms, of which a thread would leave half. */
const LARGE_PLAIN_CHARS = 32 * 1024;
const LARGE_EXPANDED_CHARS = 160 * 1024;
/** One core stays with the event loop. */
const MOST_THREADS = 4;

/** What the text says, if it is plain and not too long to be read at once. */
const plainIn = (text: string): JsonObject | null =>
  text.length < LARGE_PLAIN_CHARS ? readPlain(text) : null;

/** Whether a document would keep the event loop for longer than a few milliseconds. */
export function isLarge(text: string, plain = plainIn(text)): boolean {
  if (text.length < SMALL_CHARS) return false;
  return plain === null || expandedChars(plain) > LARGE_EXPANDED_CHARS;
}

@Injectable()
export class Preparations implements OnApplicationShutdown {
  private readonly pool = new LazyPool<Preparation, Prepared>(new Logger(Preparations.name), {
    filename: join(__dirname, 'preparation-thread.js'),
    does: 'prepare documents',
    minThreads: 0,
    maxThreads: Math.min(MOST_THREADS, Math.max(1, availableParallelism() - 1)),
  });

  async run(preparation: Preparation): Promise<Prepared> {
    const plain = plainIn(preparation.text);
    return isLarge(preparation.text, plain)
      ? await this.pool.run(preparation)
      : prepareRun(preparation, plain);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.destroy();
  }
}
