/** I6: what was deleted takes no room any more, and nobody is given it who asks after a client was told so. */
import type { CaseFile, Cases, Violation } from './case-files';
import type { Entry } from './history';

export function checkDeletions({ byTask }: Cases): Violation[] {
  return [...byTask.values()].flatMap((file) => [
    ...(file.mayBeGone ? onDisk(file) : []),
    ...(file.deletedAt === null ? [] : given(file, file.deletedAt)),
  ]);
}

const violation = ({ id }: CaseFile, what: string, evidence: readonly Entry[]): Violation => ({
  invariant: 'I6',
  taskId: id,
  what,
  evidence,
});

function onDisk(file: CaseFile): Violation[] {
  const names = [...(file.result === null ? [] : ['its result']), ...file.files.map(({ name }) => name)];
  if (names.length === 0) return [];
  return [violation(file, `${names.join(', ')} had been deleted, and is on disk`, [])];
}

function given(file: CaseFile, deletedAt: number): Violation[] {
  return file.reads
    .filter(({ askedAt }) => askedAt > deletedAt)
    .map((seen) =>
      violation(file, `a reader got ${seen.name ?? 'its result'}, which had been deleted`, [seen]),
    );
}
