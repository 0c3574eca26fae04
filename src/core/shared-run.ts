/** Work that counts only for who asked before it began: all who ask while one run goes on share the next. */

export class SharedRun {
  private running: Promise<void> | null = null;
  private next: Promise<void> | null = null;

  constructor(private readonly work: () => Promise<void>) {}

  /** Ends with a run that begins after this call; rejects when that run does. */
  run(): Promise<void> {
    if (this.next !== null) return this.next;
    if (this.running === null) return this.start();
    this.next = this.running
      .catch(() => undefined)
      .then(() => {
        this.next = null;
        return this.start();
      });
    return this.next;
  }

  /** Ends when nothing runs or waits to run any more, whether that went well or not. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.running, this.next]);
  }

  private start(): Promise<void> {
    this.running = this.work().finally(() => (this.running = null));
    return this.running;
  }
}

/** The same for work on many things at once: what is handed in while some are worked on goes with the next. */
export class SharedBatch<T> {
  private readonly waiting = new Set<T>();
  private readonly runs = new SharedRun(() => this.take());

  /** @param work on all that wait; what it fails on is handed in again with the next */
  constructor(private readonly work: (items: readonly T[]) => Promise<void>) {}

  /** Ends with the work on this one; rejects when that does. */
  add(item: T): Promise<void> {
    this.waiting.add(item);
    return this.runs.run();
  }

  private async take(): Promise<void> {
    const items = [...this.waiting];
    this.waiting.clear();
    try {
      await this.work(items);
    } catch (error) {
      for (const item of items) this.waiting.add(item);
      throw error;
    }
  }
}

/** Work that counts for whoever asks while it goes on, as long as it is about the same. */
export class SharedByKey<T> {
  private readonly running = new Map<string, Promise<T>>();

  /** @param key says all that the outcome hangs on */
  run(key: string, work: () => Promise<T>): Promise<T> {
    const running = this.running.get(key);
    if (running !== undefined) return running;
    const started = work().finally(() => this.running.delete(key));
    this.running.set(key, started);
    return started;
  }
}
