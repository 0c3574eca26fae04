/**
 * Named places at which a test may end the process as a power cut would, to see what holds. Nothing can arm them but
 * code that is loaded before the service: without it each is an empty call.
 */
export type CrashPoint =
  | 'submit.before_write'
  | 'submit.after_write'
  | 'dispatch.before'
  | 'dispatch.after'
  | 'event.before_apply'
  | 'event.after_apply'
  | 'result.received'
  | 'result.staged'
  | 'result.committed'
  | 'result.record_written'
  | 'result.promoted'
  | 'upload.received'
  | 'upload.staged'
  | 'upload.promoted'
  | 'inbox.data_written'
  | 'inbox.kept'
  | 'inbox.committed'
  | 'recover.started'
  | 'recover.drained'
  | 'recover.loaded'
  | 'split.before'
  | 'split.after'
  | 'aggregate.merged'
  | 'aggregate.staged'
  | 'aggregate.committed'
  | 'requeue.before'
  | 'requeue.after'
  | 'delete.begun'
  | 'delete.hidden'
  | 'delete.buried'
  | 'spool.written'
  | 'spool.synced'
  | 'spool.placed';

const hook: unknown = Reflect.get(globalThis, Symbol.for('orchestrator.crash_point'));

export const crashPoint: (name: CrashPoint) => void =
  typeof hook === 'function' ? (hook as (name: CrashPoint) => void) : () => undefined;
