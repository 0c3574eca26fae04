/** Holds a history against the invariants. Pure: the same history gives the same verdict. */
import { type Violation, toCases } from './case-files';
import { checkBounds, USUAL_BOUNDS, type Bounds } from './check-bounds';
import { checkBytes } from './check-bytes';
import { checkDeletions } from './check-deletions';
import { checkParents } from './check-parents';
import { checkTasks } from './check-tasks';
import type { Entry } from './history';

export function check(entries: readonly Entry[], bounds: Partial<Bounds> = {}): Violation[] {
  const cases = toCases(entries);
  const found = [
    ...checkTasks(cases),
    ...checkBytes(cases),
    ...checkParents(cases),
    ...checkDeletions(cases),
    ...checkBounds(cases, { ...USUAL_BOUNDS, ...bounds }),
  ];
  if (cases.end !== null) return found;
  return [...found, { invariant: 'I7', taskId: null, what: 'the round came to no end', evidence: [] }];
}

const MAX_EVIDENCE = 12;

/** For people: a line for each violation, and the entries that show it below. */
export function describeViolations(violations: readonly Violation[]): string {
  return violations
    .map(({ invariant, taskId, what, evidence }) => {
      const subject = taskId === null ? '' : `task ${taskId}: `;
      const lines = evidence.slice(0, MAX_EVIDENCE).map((entry) => `    ${JSON.stringify(entry)}`);
      if (evidence.length > MAX_EVIDENCE)
        lines.push(`    and ${String(evidence.length - MAX_EVIDENCE)} more`);
      return [`${invariant} ${subject}${what}`, ...lines].join('\n');
    })
    .join('\n');
}
