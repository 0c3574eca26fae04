/** I1, I2 and I7: no task is lost, none is done twice, and in the end none is left open. */
import { DELETED, isTaken, isTerminal, type CaseFile, type Cases, type Violation } from './case-files';
import type { Entry } from './history';

export function checkTasks(cases: Cases): Violation[] {
  return [
    ...[...cases.byTask.values()].flatMap((file) => [
      ...lost(file, cases),
      ...endedTwice(file, cases),
      ...twoWinners(file),
      ...superseded(file, cases),
      ...open(file, cases),
    ]),
    ...halfDocuments(cases),
    ...registeredTwice(cases),
  ];
}

function lost(file: CaseFile, { end, lossesAt, entries }: Cases): Violation[] {
  const { accepted, ended, id } = file;
  const violation = (what: string, evidence: readonly Entry[]): Violation[] => [
    { invariant: 'I1', taskId: id, what, evidence },
  ];
  if (end === null) return [];
  const isForgotten = ended === null && lossesAt.some((at) => at > file.acceptedAt);
  // What was taken for later belongs nowhere when its task is forgotten; what is stored stays stored.
  const taken = file.posts.filter(({ status }) => isTaken({ status }) && !(isForgotten && status === 202));
  if (taken.length > 0 && file.result === null && !file.mayBeGone) {
    return violation('its result was taken, and is not on disk', taken);
  }
  if (accepted === null) return [];
  const submission = entries.filter(
    (entry) => entry.kind === 'submitted' && entry.tasks.some((task) => task.id === id),
  );
  if (isForgotten) return [];
  if (ended === null) {
    return violation('it was accepted, and nobody knows it at the end', submission);
  }
  if (!isTerminal(ended.status) || accepted.expects === 'any' || ended.status === accepted.expects) return [];
  return violation(
    `it was to end ${accepted.expects} and ended ${ended.status}: ${ended.error ?? 'for no reason given'}`,
    [...submission, ...file.heard],
  );
}

/** The tasks of each document that nobody split off another, by the run they belong to. */
function runsOf({ byTask }: Cases): Map<string, CaseFile[]> {
  const runs = new Map<string, CaseFile[]>();
  for (const file of byTask.values()) {
    if (file.ended?.parentId !== null) continue;
    runs.set(file.ended.runId, [...(runs.get(file.ended.runId) ?? []), file]);
  }
  return runs;
}

/** Clients send a document again under its key when they got no answer. */
function registeredTwice(cases: Cases): Violation[] {
  const firstRuns = new Map<string, string>();
  return [...runsOf(cases)].flatMap(([run, files]): Violation[] => {
    const document = documentOf(files);
    const first = firstRuns.get(document);
    firstRuns.set(document, first ?? run);
    if (first === undefined) return [];
    const what = `document ${document} was registered as run ${first} and as run ${run}`;
    return [{ invariant: 'I2', taskId: files[0]?.id ?? null, what, evidence: [] }];
  });
}

const documentOf = (files: readonly CaseFile[]): string => (files[0]?.ended?.name ?? '').split(':')[0] ?? '';

/** All or nothing: the tasks of a document are registered together. */
function halfDocuments(cases: Cases): Violation[] {
  const counts = new Map(
    cases.entries.flatMap((entry): [string, number][] =>
      entry.kind === 'submitted' ? [[entry.name, entry.count]] : [],
    ),
  );
  return [...runsOf(cases)].flatMap(([run, files]): Violation[] => {
    const name = documentOf(files);
    const count = counts.get(name);
    if (count === undefined || files.length === count) return [];
    const what = `run ${run} of document ${name} has ${String(files.length)} tasks, not ${String(count)}`;
    return [{ invariant: 'I1', taskId: null, what, evidence: [] }];
  });
}

/** A terminal state absorbs everything, unless Redis itself forgot it in between. */
function endedTwice(file: CaseFile, { lossesAt }: Cases): Violation[] {
  const first = file.heard.find(({ type }) => type === 'TASK_ENDED');
  if (first === undefined) return [];
  const again = file.heard.find(
    (entry) =>
      entry.at >= first.at &&
      entry !== first &&
      entry.type !== DELETED &&
      !lossesAt.some((at) => at > first.at && at <= entry.at),
  );
  if (again === undefined) return [];
  const what = `it had ended ${first.status ?? ''}, and then came ${again.type} ${again.status ?? ''}`;
  return [{ invariant: 'I2', taskId: file.id, what: what.trimEnd(), evidence: [first, again] }];
}

function twoWinners(file: CaseFile): Violation[] {
  const committed = file.posts.filter(({ status }) => status === 201);
  const winners = new Set(file.posts.filter(({ status }) => status === 201 || status === 200).map(winnerOf));
  if (committed.length < 2 && winners.size < 2) return [];
  const what = `${String(committed.length)} results were committed, of ${String(winners.size)} attempts`;
  return [{ invariant: 'I2', taskId: file.id, what, evidence: file.posts }];
}

const winnerOf = ({ attemptId, sha256 }: Entry<'posted'>): string => `${attemptId ?? ''} ${sha256}`;

/** An attempt stops counting the moment a newer one is on its way. */
function superseded(file: CaseFile, { lossesAt }: Cases): Violation[] {
  return file.posts.flatMap((post): Violation[] => {
    if (post.status !== 200 && post.status !== 201) return [];
    const own = file.dispatches.find(({ attemptId }) => attemptId === post.attemptId);
    if (own === undefined) return [];
    const newer = file.dispatches.find(({ at, attempt }) => attempt > own.attempt && at < post.sentAt);
    if (newer === undefined || lossesAt.some((at) => at > own.at)) return [];
    const what = `a result of attempt ${String(own.attempt)} was taken after attempt ${String(newer.attempt)} had gone out`;
    return [{ invariant: 'I2', taskId: file.id, what, evidence: [own, newer, post] }];
  });
}

function open(file: CaseFile, { end }: Cases): Violation[] {
  if (end === null || file.ended === null || isTerminal(file.ended.status)) return [];
  const { status, attempt, worker } = file.ended;
  const what = `it is still ${status} at the end (attempt ${String(attempt)}, worker ${worker ?? 'none'})`;
  return [{ invariant: 'I7', taskId: file.id, what, evidence: file.heard.slice(-5) }];
}
