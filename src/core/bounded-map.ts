/**
 * A map that holds so many entries at the most: those that were set longest ago make room. For what is set and removed all
 * the time, and where having been asked for is no reason to stay.
 */

/** Several go at once: what was removed at the front is passed over each time that the oldest is looked for. */
const SHARE_THAT_GOES = 1 / 8;

export class BoundedMap<K, V> {
  private readonly entries = new Map<K, V>();

  constructor(private readonly most: number) {}

  get(key: K): V | undefined {
    return this.entries.get(key);
  }

  has(key: K): boolean {
    return this.entries.has(key);
  }

  set(key: K, value: V): void {
    this.entries.delete(key);
    if (this.entries.size === this.most) this.dropOldest();
    this.entries.set(key, value);
  }

  delete(key: K): void {
    this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }

  private dropOldest(): void {
    let left = Math.ceil(this.most * SHARE_THAT_GOES);
    for (const key of this.entries.keys()) {
      this.entries.delete(key);
      left -= 1;
      if (left === 0) return;
    }
  }
}
