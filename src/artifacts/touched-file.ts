/**
 * An empty file that a process touches every second for as long as it holds it. When that stops, the process is gone or
 * stands still: everybody sees so by the clock of the volume, which stamps the file. It stays empty, so that a full disk
 * takes it from nobody.
 */
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { errnoOf } from '../http/errno';
import { orNull } from './task-directory';

export const TOUCH_EVERY_MS = 1_000;

export class TouchedFile {
  private touchedAt = performance.now();

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    private readonly inode: number,
    /** Milliseconds since 1970 by the clock of the volume. */
    readonly takenAtMs: number,
  ) {}

  /** null: somebody has it. */
  static async take(path: string): Promise<TouchedFile | null> {
    let handle: FileHandle;
    try {
      handle = await open(path, 'wx');
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return null;
      throw error;
    }
    const { ino, mtimeMs } = await handle.stat();
    return new TouchedFile(path, handle, ino, mtimeMs);
  }

  /** By the steady clock. */
  get untouchedForMs(): number {
    return performance.now() - this.touchedAt;
  }

  /** false: others took this process for gone, and removed the file or have it themselves. */
  async touch(): Promise<boolean> {
    if (!(await this.isHeld())) return false;
    // Cut to the length that it has, a file is stamped by the volume itself; `utimes` would write a clock of ours.
    await this.handle.truncate(0);
    this.touchedAt = performance.now();
    return true;
  }

  /** Without the file, unless others have it by now. */
  async leave(): Promise<void> {
    if (await this.isHeld()) await rm(this.path, { force: true });
    await this.handle.close();
  }

  /** The inode is not given to another file while it is open here. */
  private async isHeld(): Promise<boolean> {
    return (await orNull(stat(this.path)))?.ino === this.inode;
  }
}
