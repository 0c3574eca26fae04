/** Runs work in order for each key, and side by side for different keys. */

export class KeyedQueue {
  private readonly tails = new Map<string, Promise<void>>();

  /**
   * @param onError gets what the work throws: there is nobody else to tell
   * @returns when this piece of work has ended, well or not
   */
  run(key: string, work: () => Promise<void>, onError: (error: unknown) => void): Promise<void> {
    const tail = (this.tails.get(key) ?? Promise.resolve()).then(work).catch(onError);
    this.tails.set(key, tail);
    return tail.then(() => {
      if (this.tails.get(key) === tail) this.tails.delete(key);
    });
  }

  /** Something of this key is not done yet. */
  has(key: string): boolean {
    return this.tails.has(key);
  }

  /** All that was given to it until now is done. */
  async idle(): Promise<void> {
    await Promise.all(this.tails.values());
  }
}
