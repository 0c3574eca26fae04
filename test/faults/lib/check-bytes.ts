/** I3 and I5: what is stored is the winner's, and whoever reads sees all of it or nothing. */
import { isTaken, type CaseFile, type Cases, type Violation } from './case-files';
import type { Entry } from './history';

export function checkBytes(cases: Cases): Violation[] {
  return [...cases.byTask.values()].flatMap((file) => [
    ...foreignResult(file),
    ...foreignFiles(file),
    ...partsOnDisk(file),
    ...partsRead(file),
  ]);
}

function foreignResult(file: CaseFile): Violation[] {
  const { accepted, ended, result, mayBeGone } = file;
  if (ended?.status !== 'DONE' || accepted?.isDelivered !== true || mayBeGone) return [];
  const violation = (what: string, evidence: readonly Entry[]): Violation[] => [
    { invariant: 'I3', taskId: file.id, what, evidence },
  ];
  if (result === null) return violation('it is DONE and delivers here, and has no result', file.posts);
  if (result.madeBy === null) return [];
  const own = file.posts.filter(({ attemptId }) => attemptId === result.madeBy);
  if (own.length > 0 && own.every(({ status }) => status !== null && !isTaken({ status }))) {
    return violation(`its result is of attempt ${result.madeBy}, which was refused`, own);
  }
  if (own.length > 0 && own.every(({ sha256 }) => sha256 !== result.sha256)) {
    return violation('its result is not what its attempt posted', own);
  }
  const winner = file.posts.find(({ status }) => status === 201);
  if (winner !== undefined && winner.sha256 !== result.sha256) {
    return violation('another result was committed than is stored', [winner, ...own]);
  }
  return [];
}

/** Files lie beside the result of the attempt that made them. */
function foreignFiles(file: CaseFile): Violation[] {
  const winner = file.result?.madeBy ?? null;
  if (file.ended?.status !== 'DONE' || winner === null) return [];
  const own = file.uploads.filter(({ attemptId }) => attemptId === winner);
  const names = new Set(file.uploads.map(({ name }) => name));
  return [...names].flatMap((name): Violation[] => {
    const there = file.files.find((stored) => stored.name === name);
    const mine = own.filter((upload) => upload.name === name);
    const evidence = file.uploads.filter((upload) => upload.name === name);
    if (there === undefined) {
      if (!mine.some(isTaken)) return [];
      return [
        {
          invariant: 'I3',
          taskId: file.id,
          what: `${name} was taken from the winner, and is gone`,
          evidence,
        },
      ];
    }
    if (mine.some(({ sha256 }) => sha256 === there.sha256)) return [];
    if (!file.uploads.some(({ sha256 }) => sha256 === there.sha256)) return [];
    return [
      { invariant: 'I3', taskId: file.id, what: `${name} is another attempt's than the result`, evidence },
    ];
  });
}

function partsOnDisk(file: CaseFile): Violation[] {
  const parts: Violation[] = [];
  if (file.result !== null && file.result.sha256 === null) {
    parts.push({
      invariant: 'I5',
      taskId: file.id,
      what: 'its stored result is no whole envelope',
      evidence: [],
    });
  }
  for (const stored of file.files) {
    const sent = [...file.sent, ...file.uploads].filter(({ name }) => name === stored.name);
    if (sent.length === 0 || sent.some(({ sha256 }) => sha256 === stored.sha256)) continue;
    const what = `${stored.name} on disk (${String(stored.size)} bytes) is nothing that was uploaded`;
    parts.push({ invariant: 'I5', taskId: file.id, what, evidence: sent });
  }
  return parts;
}

const stored = ({ result }: CaseFile): { sha256: string | null }[] => (result === null ? [] : [result]);

function partsRead(file: CaseFile): Violation[] {
  return file.reads.flatMap((seen): Violation[] => {
    if (seen.status !== 200) return [];
    const what = seen.name ?? 'its result';
    if (!seen.isWhole) {
      return [{ invariant: 'I5', taskId: file.id, what: `a reader saw a part of ${what}`, evidence: [seen] }];
    }
    const sent: readonly { sha256: string | null }[] =
      seen.name === null
        ? [...file.sent.filter(({ name }) => name === null), ...file.posts, ...stored(file)]
        : [...file.sent, ...file.uploads, ...file.files].filter(({ name }) => name === seen.name);
    if (sent.length === 0 || sent.some(({ sha256 }) => sha256 === seen.sha256)) return [];
    return [
      {
        invariant: 'I5',
        taskId: file.id,
        what: `a reader saw in ${what} what nobody sent`,
        evidence: [seen],
      },
    ];
  });
}
