/** Says of needs that no registered worker meets which worker comes nearest, and what it lacks. */
import type { WorkerId } from '../ids';
import type { Hardware, Resources } from '../model';
import { fits, shortfall, unfitReasons } from './fit';
import type { HardwareClass } from './fleet';

/**
 * Verdicts of earlier plans, valid while the fleet stays the same. A caller that plans often keeps one; without it
 * every plan judges every signature anew.
 */
export class PlacementMemo {
  private fleet: readonly HardwareClass[] | null = null;
  private verdicts = new Map<string, string | null>();

  /** Forgets everything when other workers are registered, or when it has grown past use. */
  align(fleet: readonly HardwareClass[]): void {
    if (fleet === this.fleet && this.verdicts.size < 50_000) return;
    this.fleet = fleet;
    this.verdicts.clear();
  }

  verdict(signature: string, judge: () => string | null): string | null {
    const known = this.verdicts.get(signature);
    if (known !== undefined) return known;
    const verdict = judge();
    this.verdicts.set(signature, verdict);
    return verdict;
  }
}

/** Why no registered worker can ever take this, with the best near-miss; null when one can. */
export function whyUnplaceable(resources: Resources, classes: readonly HardwareClass[]): string | null {
  let nearest: { hardware: Hardware; id: WorkerId } | null = null;
  let least = Infinity;
  for (const { hardware, ids } of classes) {
    if (fits(resources, hardware)) return null;
    const distance = shortfall(resources, hardware);
    const [id] = ids;
    if (id === undefined || distance >= least) continue;
    least = distance;
    nearest = { hardware, id };
  }
  if (nearest === null) return 'no worker is registered';
  const reasons = unfitReasons(resources, nearest.hardware);
  const needs = reasons.map(({ need }) => need).join(', ');
  const has = reasons.map(({ have }) => have).join(', ');
  return `no registered worker fits: needs ${needs}; the nearest, worker ${nearest.id}, has ${has}`;
}
