/**
 * The free workers, kept in the order in which placement takes them. It changes by a worker at a time, so that a plan
 * costs what it places, however many workers are free.
 */
import type { WorkerId } from '../ids';
import type { Hardware, Resources, WorkerSnapshot } from '../model';
import { fits } from './fit';
import { hardwareKey } from './fleet';
import { compareRanks, rankOf } from './score';

/** Those that placement cannot tell apart; who has been free for longest comes first. */
interface Kind {
  key: string;
  rank: readonly number[];
  hardware: Hardware;
  ids: Set<WorkerId>;
}

export class FreeWorkers {
  /** In the order of their ranks; none is empty. */
  private readonly kinds: Kind[] = [];
  private readonly kindOf = new Map<WorkerId, Kind>();

  static of(workers: readonly WorkerSnapshot[]): FreeWorkers {
    const free = new FreeWorkers();
    for (const worker of workers) free.put(worker);
    return free;
  }

  get size(): number {
    return this.kindOf.size;
  }

  has(id: WorkerId): boolean {
    return this.kindOf.has(id);
  }

  /** Whether one of them has all that is asked for. */
  haveOneFor(resources: Resources): boolean {
    return this.kinds.some(({ hardware }) => fits(resources, hardware));
  }

  /** The worker is free, or was and has changed; one that has not changed keeps its turn. */
  put(worker: WorkerSnapshot): void {
    const rank = rankOf(worker);
    const key = `${worker.proven ? 'proven' : 'unproven'} ${hardwareKey(worker.hardware)}`;
    const before = this.kindOf.get(worker.id);
    if (before?.key === key) return;
    this.remove(worker.id);
    const kind = this.kindWith(key, rank, worker.hardware);
    kind.ids.add(worker.id);
    this.kindOf.set(worker.id, kind);
  }

  /** It is not free (any more). */
  remove(id: WorkerId): void {
    const kind = this.kindOf.get(id);
    if (kind === undefined) return;
    this.kindOf.delete(id);
    kind.ids.delete(id);
    if (kind.ids.size === 0) this.kinds.splice(this.kinds.indexOf(kind), 1);
  }

  /** For one plan, best kind first. They hold as long as nobody is put or removed. */
  buckets(): Bucket[] {
    return this.kinds.map(({ hardware, ids }) => new Bucket(hardware, ids));
  }

  private kindWith(key: string, rank: readonly number[], hardware: Hardware): Kind {
    const at = this.firstNotBefore(rank);
    for (let index = at; index < this.kinds.length; index += 1) {
      const kind = this.kinds[index];
      if (kind === undefined || compareRanks(kind.rank, rank) !== 0) break;
      if (kind.key === key) return kind;
    }
    const made: Kind = { key, rank, hardware, ids: new Set() };
    this.kinds.splice(at, 0, made);
    return made;
  }

  /** Index of the first kind whose rank is not before this one. */
  private firstNotBefore(rank: readonly number[]): number {
    let low = 0;
    let high = this.kinds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const kind = this.kinds[middle];
      if (kind !== undefined && compareRanks(kind.rank, rank) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Free workers that are alike, as one plan takes from them. */
export class Bucket {
  readonly hasGpu: boolean;
  private readonly taken = new Set<WorkerId>();
  private readonly rest: Iterator<WorkerId>;
  /** The one that was to be avoided when it had its turn. */
  private passedOver: WorkerId | null = null;

  constructor(
    readonly hardware: Hardware,
    private readonly ids: ReadonlySet<WorkerId>,
  ) {
    this.hasGpu = hardware.gpus.length > 0;
    this.rest = ids.values();
  }

  get left(): number {
    return this.ids.size - this.taken.size;
  }

  /** How many are left without the one to be avoided. */
  leftWithout(avoid: WorkerId | null): number {
    const isLeft = avoid !== null && this.ids.has(avoid) && !this.taken.has(avoid);
    return isLeft ? this.left - 1 : this.left;
  }

  /** Takes one other than the avoided one; undefined when there is none. */
  take(avoid: WorkerId | null): WorkerId | undefined {
    const id = this.next(avoid);
    if (id !== undefined) this.taken.add(id);
    return id;
  }

  private next(avoid: WorkerId | null): WorkerId | undefined {
    const passedOver = this.passedOver;
    if (passedOver !== null && passedOver !== avoid) {
      this.passedOver = null;
      return passedOver;
    }
    for (let step = this.rest.next(); step.done !== true; step = this.rest.next()) {
      if (step.value !== avoid) return step.value;
      this.passedOver = step.value;
    }
    return undefined;
  }
}
