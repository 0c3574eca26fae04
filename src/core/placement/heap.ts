/** A binary heap: the smallest of many changing queues in logarithmic time. */
export class Heap<T> {
  private readonly entries: T[] = [];

  /** @param before whether the first argument leaves the heap before the second */
  constructor(private readonly before: (left: T, right: T) => boolean) {}

  get size(): number {
    return this.entries.length;
  }

  push(entry: T): void {
    let index = this.entries.length;
    this.entries.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.entries[parent];
      if (above === undefined || !this.before(entry, above)) break;
      this.entries[index] = above;
      index = parent;
    }
    this.entries[index] = entry;
  }

  /** Takes the entry that goes first; undefined when there is none. */
  pop(): T | undefined {
    const first = this.entries[0];
    const last = this.entries.pop();
    if (last === undefined || this.entries.length === 0) return first;
    let index = 0;
    for (;;) {
      const child = this.smallerChild(index);
      const below = this.entries[child];
      if (below === undefined || !this.before(below, last)) break;
      this.entries[index] = below;
      index = child;
    }
    this.entries[index] = last;
    return first;
  }

  private smallerChild(index: number): number {
    const left = 2 * index + 1;
    const leftEntry = this.entries[left];
    const rightEntry = this.entries[left + 1];
    if (leftEntry === undefined || rightEntry === undefined) return left;
    return this.before(rightEntry, leftEntry) ? left + 1 : left;
  }
}
