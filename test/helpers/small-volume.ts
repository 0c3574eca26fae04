/** A volume of a few megabytes that can really be full. Mounting one needs rights that not everybody has. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export class SmallVolume {
  private constructor(private readonly root: string) {}

  /** null, or the volume; why it is null goes to `refused`. */
  static async mount(sizeBytes: number, refused: (why: string) => void): Promise<SmallVolume | null> {
    const root = await mkdtemp(join(tmpdir(), 'orchestrator-volume-'));
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${String(sizeBytes)}`, 'tmpfs', root]);
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

  /** Gives back what `fill` took. */
  async drain(): Promise<void> {
    await rm(this.ballast, { force: true });
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.root);
    return bavail * bsize;
  }

  async unmount(): Promise<void> {
    await run('umount', [this.root]);
    await rm(this.root, { recursive: true, force: true });
  }

  private get ballast(): string {
    return join(this.root, 'ballast');
  }
}
