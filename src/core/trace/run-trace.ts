/**
 * Where the spans of a run stand. Their ids are derived and never stored: whoever commits a step of a task, at whatever
 * replica, names the spans of that step, and those before it, alike.
 */
import { createHash } from 'node:crypto';
import type { AttemptId, RunId } from '../ids';
import type { SpanPlace } from './trace-context';

/** What a task knows of its run's trace. */
export interface RunOfTrace {
  runId: RunId;
  /** The span of the client that submitted it, which said so. */
  clientTrace: SpanPlace | null;
}

/** By the trace, and what whoever began it has decided; null: it begins with us. */
export type Sampler = (traceId: string, isParentSampled: boolean | null) => boolean;

/** The client's trace goes on; a run that begins one is its own, by the digits of its id. */
export function traceIdOf({ runId, clientTrace }: RunOfTrace): string {
  return clientTrace?.traceId ?? runId.replaceAll('-', '');
}

/** The submission: the span under which all others of the run stand. */
export function placeOfRun(run: RunOfTrace, isSampled: Sampler): SpanPlace {
  return placed(run, spanIdOf('run', run.runId), isSampled);
}

/** An attempt: the span that its worker is told, under which the worker's own and what it sends here stand. */
export function placeOfAttempt(run: RunOfTrace, attemptId: AttemptId, isSampled: Sampler): SpanPlace {
  return placed(run, spanIdOf('attempt', attemptId), isSampled);
}

/** Any other span, by what is done (`wait`, `aggregate`) and to whom. */
export function placeOf(run: RunOfTrace, what: string, of: string, isSampled: Sampler): SpanPlace {
  return placed(run, spanIdOf(what, of), isSampled);
}

function placed(run: RunOfTrace, spanId: string, isSampled: Sampler): SpanPlace {
  const traceId = traceIdOf(run);
  const { isSampled: byClient = null, state = null } = run.clientTrace ?? {};
  return { traceId, spanId, isSampled: isSampled(traceId, byClient), state };
}

function spanIdOf(what: string, of: string): string {
  return createHash('sha256').update(`${what}:${of}`).digest('hex').slice(0, 16);
}
