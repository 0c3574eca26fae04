/**
 * Which process a file belongs to that is on its way in: its name says so, and the process touches `.spool/owners/<id>`
 * while it lives. So what a process left that was killed is told from what a slow one still writes, whatever their age.
 */
import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ensureDirectory, orNull } from './task-directory';
import { TOUCH_EVERY_MS, TouchedFile } from './touched-file';

/**
 * Who was not heard for so long is gone. A process that only stood still loses what it was writing, and is told so when it
 * gives that a place: it costs a client another try, and nothing that was answered.
 */
const SILENT_MS = 10 * TOUCH_EVERY_MS;
const OWNED = /@([0-9a-f-]{36})\.part$/;

export class SpoolOwners {
  /** Of this start of this process. */
  private readonly id = randomUUID();
  private file: TouchedFile | null = null;
  private beating: Promise<void> | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly directory: string) {}

  /** Name of a file that this process makes. Before it is made others know that this process lives. */
  async nameFor(purpose: string): Promise<string> {
    if (this.file === null || this.file.untouchedForMs > SILENT_MS / 2) await this.beat();
    return `${purpose}${randomUUID()}@${this.id}.part`;
  }

  async begin(): Promise<void> {
    await this.beat();
    this.timer = setInterval(() => void this.beat().catch(() => undefined), TOUCH_EVERY_MS).unref();
  }

  async end(): Promise<void> {
    clearInterval(this.timer);
    await this.beating?.catch(() => undefined);
    await this.file?.leave();
    this.file = null;
  }

  /** Of these files those whose process is gone; and forgets every process of which none is there. */
  async withoutOwner(paths: readonly string[]): Promise<string[]> {
    const known = (await orNull(readdir(this.directory))) ?? [];
    const owners = new Set([...known, ...paths.flatMap(ownersOf)]);
    owners.delete(this.id);
    if (owners.size === 0) return [];
    await this.beat();
    const now = await stat(join(this.directory, this.id));
    const gone = new Set<string>();
    for (const id of owners) {
      const heard = await orNull(stat(join(this.directory, id)));
      if (heard === null || now.mtimeMs - heard.mtimeMs > SILENT_MS) gone.add(id);
    }
    const left = paths.filter((path) => ownersOf(path).some((id) => gone.has(id)));
    const stillNamed = new Set(left.flatMap(ownersOf));
    for (const id of gone) if (!stillNamed.has(id)) await rm(join(this.directory, id), { force: true });
    return left;
  }

  /** Shared by all who ask at one time. */
  private beat(): Promise<void> {
    this.beating ??= this.touch().finally(() => (this.beating = null));
    return this.beating;
  }

  /** Others may have forgotten this process while it stood still. */
  private async touch(): Promise<void> {
    if ((await this.file?.touch()) === true) return;
    await this.file?.leave();
    this.file = null;
    await ensureDirectory(this.directory);
    this.file = await TouchedFile.take(join(this.directory, this.id));
  }
}

/** None: nobody is named by it. */
export function ownersOf(path: string): string[] {
  const [, id] = OWNED.exec(basename(path)) ?? [];
  return id === undefined ? [] : [id];
}
