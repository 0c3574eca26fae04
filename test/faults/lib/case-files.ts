/** A history sorted by task: everything that concerns one of them, for the invariants that look at one at a time. */
import type { AcceptedTask, EndedTask, Entry, FileOnDisk, ResultOnDisk } from './history';

/** One broken promise, with the entries that show it. */
export interface Violation {
  invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7';
  taskId: string | null;
  what: string;
  evidence: readonly Entry[];
}

export interface CaseFile {
  id: string;
  /** null: a shard, or a task whose submission was not answered. */
  accepted: AcceptedTask | null;
  acceptedAt: number;
  sent: Entry<'sending'>[];
  posts: Entry<'posted'>[];
  uploads: Entry<'uploaded'>[];
  dispatches: Entry<'dispatched'>[];
  heard: Entry<'heard'>[];
  reads: Entry<'read'>[];
  /** When a client was told first that what it had stored is deleted. */
  deletedAt: number | null;
  /** A client was told so, or everybody that it is on the way. */
  mayBeGone: boolean;
  /** Its record at the end; null: nobody knows it. */
  ended: EndedTask | null;
  result: ResultOnDisk | null;
  files: readonly FileOnDisk[];
}

export interface Cases {
  entries: readonly Entry[];
  byTask: ReadonlyMap<string, CaseFile>;
  end: Entry<'ended'> | null;
  /** When Redis lost writes; empty when it never did. */
  lossesAt: readonly number[];
}

/** A lifecycle event of tasks that have ended. */
export const DELETED = 'TASK_RESULT_DELETED';

export function toCases(entries: readonly Entry[]): Cases {
  const byTask = new Map<string, CaseFile>();
  const caseOf = (id: string): CaseFile => {
    const found = byTask.get(id) ?? emptyCase(id);
    byTask.set(id, found);
    return found;
  };
  let end: Entry<'ended'> | null = null;
  const lossesAt: number[] = [];
  for (const entry of entries) {
    switch (entry.kind) {
      case 'submitted':
        for (const task of entry.tasks)
          Object.assign(caseOf(task.id), { accepted: task, acceptedAt: entry.at });
        break;
      case 'sending':
        caseOf(entry.taskId).sent.push(entry);
        break;
      case 'posted':
        caseOf(entry.taskId).posts.push(entry);
        break;
      case 'uploaded':
        caseOf(entry.taskId).uploads.push(entry);
        break;
      case 'dispatched':
        caseOf(entry.taskId).dispatches.push(entry);
        break;
      case 'heard':
        caseOf(entry.taskId).heard.push(entry);
        if (entry.type === DELETED) caseOf(entry.taskId).mayBeGone = true;
        break;
      case 'read':
        caseOf(entry.taskId).reads.push(entry);
        break;
      case 'deleted':
        if (entry.status !== 204) break;
        caseOf(entry.taskId).deletedAt ??= entry.at;
        caseOf(entry.taskId).mayBeGone = true;
        break;
      case 'writesLost':
        lossesAt.push(entry.at);
        break;
      case 'ended':
        end = entry;
        for (const task of entry.tasks) caseOf(task.id).ended = task;
        for (const [id, result] of Object.entries(entry.results)) caseOf(id).result = result;
        for (const [id, files] of Object.entries(entry.files)) caseOf(id).files = files;
        break;
      case 'received':
      case 'finished':
      case 'sample':
      case 'fault':
      case 'crashed':
      case 'healed':
    }
  }
  return { entries, byTask, end, lossesAt };
}

function emptyCase(id: string): CaseFile {
  return {
    id,
    accepted: null,
    acceptedAt: 0,
    sent: [],
    posts: [],
    uploads: [],
    dispatches: [],
    heard: [],
    reads: [],
    deletedAt: null,
    mayBeGone: false,
    ended: null,
    result: null,
    files: [],
  };
}

export const isTerminal = (status: string): boolean => ['DONE', 'FAILED', 'CANCELLED'].includes(status);

/** Taken for good, or taken for later. */
export const isTaken = ({ status }: { status: number | null }): boolean =>
  status === 200 || status === 201 || status === 202;
