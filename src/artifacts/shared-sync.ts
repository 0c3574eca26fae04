/** Syncing a directory that many write to: who asks while one sync runs shares the next with all who ask meanwhile. */
import { syncDirectories } from './spool';

export class SharedSync {
  private readonly running = new Map<string, Promise<void>>();
  private readonly next = new Map<string, Promise<void>>();

  /** Everything that was renamed in the directory before this call survives a power cut once it returns. */
  async sync(path: string): Promise<void> {
    const running = this.running.get(path);
    if (running === undefined) return this.start(path);
    let next = this.next.get(path);
    if (next === undefined) {
      const begin = (): Promise<void> => {
        this.next.delete(path);
        return this.start(path);
      };
      next = running.then(begin, begin);
      this.next.set(path, next);
    }
    return next;
  }

  private start(path: string): Promise<void> {
    const run = syncDirectories([path]).finally(() => {
      if (this.running.get(path) === run) this.running.delete(path);
    });
    this.running.set(path, run);
    return run;
  }
}
