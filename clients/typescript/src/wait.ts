/** Waiting for tasks to end: they are asked for, less often the longer nothing changes. */
import { ProblemError, UnreachableError } from './problem';
import { LONGEST_TIMER_MS } from './silence';
import { sleep } from './sleep';
import type { TaskRecord } from './client';

export interface WaitOptions {
  /** Time is up after so long, in milliseconds; without it there is no end to waiting. */
  timeoutMs?: number;
  /** So long nothing may be heard of the service, in milliseconds, before it counts as gone. 60 s by default. */
  patienceMs?: number;
  signal?: AbortSignal;
  /** Told of a task when it is first seen, and whenever its status, its worker or its reason has changed. */
  onChange?: (task: TaskRecord) => void;
}

/** The tasks did not end in time. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';

  constructor(
    timeoutMs: number,
    /** Those that have not ended. */
    readonly open: readonly string[],
  ) {
    super(`${String(open.length)} of the tasks did not end within ${String(timeoutMs / 1_000)} s`);
  }
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
const PATIENCE_MS = 60_000;
/** So many are asked for at a time. */
const AT_ONCE = 8;

export const isEnded = ({ status }: Pick<TaskRecord, 'status'>): boolean =>
  status === 'DONE' || status === 'FAILED' || status === 'CANCELLED';

/** Half as long again each time, and short again after news. */
export const nextPauseMs = (pauseMs: number, hasNews: boolean): number =>
  hasNews ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5);

/**
 * The records of all `ids`, in their order, once every one has ended, whichever way.
 * @throws WaitTimeoutError, what `read` throws when asking again is in vain, and the reason of the signal
 */
export async function waitUntilEnded(
  ids: readonly string[],
  read: (id: string, signal: AbortSignal) => Promise<TaskRecord>,
  { timeoutMs = Infinity, patienceMs = PATIENCE_MS, signal: caller, onChange }: WaitOptions,
): Promise<TaskRecord[]> {
  const timeIsUp = timeoutMs > LONGEST_TIMER_MS ? null : AbortSignal.timeout(timeoutMs);
  // A request that is under way ends with the time too, whether or not it is answered.
  const signal = AbortSignal.any([caller, timeIsUp].filter((each) => each !== null && each !== undefined));
  const seen = new Map<string, TaskRecord>();
  const records = (): TaskRecord[] => ids.flatMap((id) => seen.get(id) ?? []);
  const openIds = (): string[] => {
    const ended = new Set(records().flatMap((task) => (isEnded(task) ? [task.task_id] : [])));
    return ids.filter((id) => !ended.has(id));
  };
  let heardAt = performance.now();
  const look = async (id: string): Promise<boolean> => {
    const task = await read(id, signal);
    heardAt = performance.now();
    const hasNews = isNews(seen.get(id), task);
    seen.set(id, task);
    if (hasNews) onChange?.(task);
    return hasNews;
  };
  const lookAtAll = async (): Promise<boolean> => {
    const news: boolean[] = [];
    try {
      for (const some of inGroups(openIds(), AT_ONCE)) news.push(...(await Promise.all(some.map(look))));
    } catch (error) {
      const isAway =
        error instanceof UnreachableError || (error instanceof ProblemError && error.isTemporary);
      if (!isAway || performance.now() - heardAt > patienceMs) throw error;
    }
    return news.includes(true);
  };
  try {
    for (let pauseMs = FIRST_PAUSE_MS; ;) {
      const hasNews = await lookAtAll();
      if (openIds().length === 0) return records();
      await sleep(pauseMs, signal);
      pauseMs = nextPauseMs(pauseMs, hasNews);
    }
  } catch (error) {
    if (timeIsUp !== null && error === timeIsUp.reason) throw new WaitTimeoutError(timeoutMs, openIds());
    throw error;
  }
}

function isNews(before: TaskRecord | undefined, now: TaskRecord): boolean {
  return (
    before?.status !== now.status ||
    before.assigned_worker !== now.assigned_worker ||
    before.reason !== now.reason
  );
}

function inGroups<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
