/** What goes on beside a round all the time: readers that look into results and files, and a look at what all of it takes. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../helpers/client';
import type { History } from './history';
import { sharedClockMs } from './shared-clock';
import { bytesBelow, readEnvelope, sha256 } from './stored';

/** Runs `step` over and over until it is stopped; what it cannot do now it does the next time. */
export class Watcher {
  private stopped = false;
  private readonly running: Promise<void>;

  constructor(everyMs: number, step: () => Promise<void> | void) {
    this.running = this.run(everyMs, step);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async run(everyMs: number, step: () => Promise<void> | void): Promise<void> {
    while (!this.stopped) {
      try {
        await step();
      } catch {
        // The next time.
      }
      await sleep(everyMs);
    }
  }
}

const READ_TIMEOUT_MS = 3_000;

/** A reader of what tasks have delivered, over HTTP and on the volume itself. */
export class Reader {
  private readonly last = new Map<string, string>();
  private turn = 0;

  constructor(
    private readonly api: Client,
    private readonly resultsDir: string,
    private readonly history: History,
  ) {}

  /** The next task in turn. */
  async look(): Promise<void> {
    const ids = this.history.of('submitted').flatMap(({ tasks }) => tasks.map(({ id }) => id));
    const id = ids[this.turn % Math.max(1, ids.length)];
    this.turn += 1;
    if (id !== undefined) await this.lookAt(id);
  }

  async lookAt(id: string): Promise<void> {
    await this.readDisk(id);
    await this.readResult(id);
    await this.readFiles(id);
  }

  /** What is under its final name is whole, whoever looks. */
  private async readDisk(id: string): Promise<void> {
    const askedAt = sharedClockMs();
    const text = await readFile(join(this.resultsDir, id, 'responses.json'), 'utf8').catch(() => null);
    if (text !== null) this.noteResult(`disk ${id}`, id, text, askedAt);
  }

  async readResult(id: string): Promise<void> {
    const askedAt = sharedClockMs();
    const got = await this.get(`/api/v1/results/${id}`);
    if (got?.status === 200) this.noteResult(`http ${id}`, id, got.bytes.toString('utf8'), askedAt);
  }

  private async readFiles(id: string): Promise<void> {
    const list = await this.get(`/api/v1/results/${id}/files`);
    if (list?.status !== 200) return;
    for (const { name } of JSON.parse(list.bytes.toString('utf8')) as { name: string }[]) {
      const askedAt = sharedClockMs();
      const got = await this.get(`/api/v1/results/${id}/files/${name}`);
      if (got?.status !== 200) continue;
      const seen = { taskId: id, name, sha256: sha256(got.bytes), isWhole: true };
      this.note(`file ${id} ${name}`, seen, askedAt);
    }
  }

  private noteResult(key: string, id: string, text: string, askedAt: number): void {
    const { sha256: digest } = readEnvelope(id, text);
    this.note(key, { taskId: id, name: null, sha256: digest, isWhole: digest !== null }, askedAt);
  }

  private note(
    key: string,
    seen: { taskId: string; name: string | null; sha256: string | null; isWhole: boolean },
    askedAt: number,
  ): void {
    const summary = JSON.stringify(seen);
    if (this.last.get(key) === summary) return;
    this.last.set(key, summary);
    this.history.add({ kind: 'read', status: 200, ...seen, askedAt });
  }

  /** null: no answer, or one that broke off, as a reader would see it too. */
  private async get(path: string): Promise<{ status: number; bytes: Buffer } | null> {
    try {
      const response = await this.api.request(path, { signal: AbortSignal.timeout(READ_TIMEOUT_MS) });
      return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
    } catch {
      return null;
    }
  }
}

/** Memory and open descriptors of a process; null when it is gone. */
export async function usageOf(pid: number): Promise<{ rssBytes: number; descriptors: number } | null> {
  try {
    const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
    const descriptors = (await readdir(`/proc/${String(pid)}/fd`)).length;
    return { rssBytes: 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0), descriptors };
  } catch {
    return null;
  }
}

export const spoolBytes = (resultsDir: string): Promise<number> => bytesBelow(join(resultsDir, '.spool'));
