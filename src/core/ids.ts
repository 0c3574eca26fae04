/** The one birthplace of ids: branded strings, so that a task's id cannot be passed where a worker's is due. */
declare const brand: unique symbol;
type Branded<B extends string> = string & { readonly [brand]: B };

export type TaskId = Branded<'TaskId'>;
export type RunId = Branded<'RunId'>;
export type WorkerId = Branded<'WorkerId'>;
/** The random token of one attempt: compared for equality, never for order. */
export type AttemptId = Branded<'AttemptId'>;

/** The shape of every id that a client may put into a path. */
export const ID_PATTERN = /^[A-Za-z0-9_-]{1,128}$/;
/** Workers choose their own ids, often from host names. */
export const WORKER_ID_PATTERN = /^[A-Za-z0-9_.:@-]{1,128}$/;

export function isTaskId(text: string): text is TaskId {
  return ID_PATTERN.test(text);
}

export function isWorkerId(text: string): text is WorkerId {
  return WORKER_ID_PATTERN.test(text);
}

/** For ids that come from a place that has checked them already: our own keys, our own generator. */
export const trustedTaskId = (text: string): TaskId => text as TaskId;
export const trustedRunId = (text: string): RunId => text as RunId;
export const trustedWorkerId = (text: string): WorkerId => text as WorkerId;
export const trustedAttemptId = (text: string): AttemptId => text as AttemptId;

/** The `worker_id` of a parent whose shards were put together. */
export const MULTI_WORKER = trustedWorkerId('MULTI');
