/** Which parts of a task an archive has: the parameter `include`. */
import { ProblemError } from '../core/errors';

export const PARTS = ['results', 'artifacts'] as const;
export type Part = (typeof PARTS)[number];

const isPart = (text: string): text is Part => (PARTS as readonly string[]).includes(text);

/** Without the parameter all of them. 400 for a part that there is not, and for none. */
export function readInclude(value: unknown): ReadonlySet<Part> {
  if (value === undefined) return new Set(PARTS);
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  const words = texts
    .flatMap((text) => (typeof text === 'string' ? text.split(',') : ['']))
    .map((word) => word.trim());
  const unknown = words.filter((word) => !isPart(word));
  if (unknown.length === 0) return new Set(words.filter(isPart));
  const message = `expected ${PARTS.join(', ')} or both, separated by a comma, not ${JSON.stringify(unknown[0]?.slice(0, 100))}`;
  throw new ProblemError('bad-request', `The parameter include was refused: ${message}.`, [
    { path: 'include', code: 'unknown_part', message },
  ]);
}
