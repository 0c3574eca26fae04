/** "Did you mean": the known name that is nearest to one that is not known. */

const MAX_CANDIDATES = 1_000;
const MAX_LENGTH = 64;
const MAX_SHOWN = 20;

/** The nearest candidate, at most a third of the name away; null if none is. */
export function nearestName(name: string, candidates: Iterable<string>): string | null {
  if (name.length > MAX_LENGTH) return null;
  const wanted = name.toLowerCase();
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
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

/** `did you mean train? There are: train, report`, or what to say when there is no name at all. */
export function namesAdvice(name: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return 'there is no task of that name to depend on';
  const nearest = nearestName(name, candidates);
  const shown = candidates.slice(0, MAX_SHOWN).join(', ');
  const more = candidates.length - MAX_SHOWN;
  const list = `there ${candidates.length === 1 ? 'is' : 'are'} ${shown}${more > 0 ? ` and ${String(more)} more` : ''}`;
  return nearest === null ? list : `did you mean ${nearest}? ${list[0]?.toUpperCase() ?? ''}${list.slice(1)}`;
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
