/** A volume of a few megabytes that can really be full. Mounting one needs rights that not everybody has. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf } from '../../src/http/errno';

const run = promisify(execFile);

/** Of files and directories. */
const MOST_NAMES = 4_096;

export class SmallVolume {
  private constructor(private readonly root: string) {}

  /** null, or the volume; why it is null goes to `refused`. */
  static async mount(sizeBytes: number, refused: (why: string) => void): Promise<SmallVolume | null> {
    const root = await mkdtemp(join(tmpdir(), 'orchestrator-volume-'));
    try {
      await run('mount', [
        '-t',
        'tmpfs',
        '-o',
        `size=${String(sizeBytes)},nr_inodes=${String(MOST_NAMES)}`,
        'tmpfs',
        root,
      ]);
    } catch (thrown) {
      await rm(root, { recursive: true, force: true });
      refused(thrown instanceof Error ? thrown.message.trim() : String(thrown));
      return null;
    }
    const volume = new SmallVolume(root);
    await mkdir(volume.resultsDir);
    return volume;
  }

  get resultsDir(): string {
    return join(this.root, 'results');
  }

  /** Takes up all but so many bytes. */
  async fill(leaveBytes: number): Promise<void> {
    const free = await this.freeBytes();
    await writeFile(this.ballast, Buffer.alloc(Math.max(0, free - leaveBytes)));
  }

  /** Takes up the room for new files and directories. */
  async fillNames(): Promise<void> {
    await mkdir(this.names, { recursive: true });
    try {
      for (let n = 0; n < MOST_NAMES; n += 1)
        await writeFile(join(this.names, String(n)), '', { flag: 'wx' });
    } catch (error) {
      if (errnoOf(error) !== 'ENOSPC') throw error;
    }
  }

  /** Removes this directory, and takes up the room for another one. */
  async withoutRoomFor(directory: string): Promise<void> {
    await rm(directory, { recursive: true, force: true });
    await this.fillNames();
  }

  /** Gives back what was taken up. */
  async drain(): Promise<void> {
    for (const path of [this.ballast, this.names]) await rm(path, { recursive: true, force: true });
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.root);
    return bavail * bsize;
  }

  async unmount(): Promise<void> {
    await run('umount', [this.root]);
    await rm(this.root, { recursive: true, force: true });
  }

  private get names(): string {
    return join(this.root, 'names');
  }

  private get ballast(): string {
    return join(this.root, 'ballast');
  }
}
