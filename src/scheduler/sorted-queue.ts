/** A queue by score, made for what happens here: additions mostly at the end, removals mostly at the front. */

interface Scored {
  id: string;
  score: number;
}

/** The front is cut off when this many items before it are dead. */
const COMPACT_AT = 1_024;

export class SortedQueue<T extends Scored> {
  private items: T[] = [];
  private front = 0;

  get size(): number {
    return this.items.length - this.front;
  }

  add(item: T): void {
    this.items.splice(this.position(item), 0, item);
  }

  /** Does nothing to what is not there. */
  remove(item: T): void {
    const at = this.position(item);
    if (this.items[at]?.id !== item.id) return;
    if (at === this.front) this.dropFront();
    else this.items.splice(at, 1);
  }

  first(count: number): T[] {
    return this.items.slice(this.front, this.front + count);
  }

  all(): readonly T[] {
    return this.items.slice(this.front);
  }

  private dropFront(): void {
    this.front += 1;
    if (this.front < COMPACT_AT) return;
    this.items = this.items.slice(this.front);
    this.front = 0;
  }

  /** Binary search; equal scores keep the order of their ids. */
  private position(item: T): number {
    let low = this.front;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.items[middle];
      if (other && isBefore(other, item)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isBefore(left: Scored, right: Scored): boolean {
  return left.score < right.score || (left.score === right.score && left.id < right.id);
}
