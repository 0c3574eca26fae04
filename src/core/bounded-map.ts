/**
 * A map that holds so many entries at the most: whichever was set longest ago makes room. For what is set and removed all
 * the time, and where having been asked for is no reason to stay.
 */
export class BoundedMap<K, V> {
  private readonly entries = new Map<K, V>();
  /** Goes on where it stopped, also past what was set since: what it gives is the oldest that is left. */
  private oldest = this.entries.keys();

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
    this.oldest = this.entries.keys();
  }

  private dropOldest(): void {
    const { value } = this.oldest.next();
    if (value !== undefined) this.entries.delete(value);
  }
}
