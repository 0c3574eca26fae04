/** "Did you mean": the known name that is nearest to one that is not known. */

const MAX_CANDIDATES = 1_000;
const MAX_LENGTH = 64;
const MAX_SHOWN = 20;
const MAX_ADVICE = 100;

/** The nearest candidate, at most two fifths of the name away; null if none is. */
export function nearestName(name: string, candidates: Iterable<string>): string | null {
  if (name.length > MAX_LENGTH) return null;
  const wanted = name.toLowerCase();
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.round(name.length * 0.4)) + 1;
  let looked = 0;
  for (const candidate of candidates) {
    looked += 1;
    if (looked > MAX_CANDIDATES) break;
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** Says for unknown names which are known; looks for the nearest one for the first hundred names only. */
export class NameAdvisor {
  private readonly advice = new Map<string, string>();

  constructor(private readonly names: readonly string[]) {}

  /** `did you mean train? There are train, report`, or what to say when there is no name at all. */
  for(name: string): string {
    const before = this.advice.get(name);
    if (before !== undefined) return before;
    if (this.advice.size >= MAX_ADVICE) return this.list('there');
    const nearest = nearestName(name, this.names);
    const advice = nearest === null ? this.list('there') : `did you mean ${nearest}? ${this.list('There')}`;
    this.advice.set(name, advice);
    return advice;
  }

  private list(there: string): string {
    if (this.names.length === 0) return `${there} is none that it could depend on`;
    const shown = this.names.slice(0, MAX_SHOWN).join(', ');
    const more = this.names.length - MAX_SHOWN;
    return `${there} ${this.names.length === 1 ? 'is' : 'are'} ${shown}${more > 0 ? ` and ${String(more)} more` : ''}`;
  }
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
