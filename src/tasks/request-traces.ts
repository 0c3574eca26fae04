/**
 * The spans of requests that belong to a run: the submission, with which its trace begins, and what its workers send
 * here. Every method returns at once while traces are off.
 */
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { randomBytes } from 'node:crypto';
import type { AttemptId, TaskId } from '../core/ids';
import type { Task } from '../core/model';
import { placeOfAttempt, placeOfRun, type RunOfTrace, traceIdOf } from '../core/trace/run-trace';
import { type Span, span, type SpanAttributes } from '../core/trace/span';
import { parseTraceparent, type SpanPlace } from '../core/trace/trace-context';
import { routeOf } from '../http/allowed-methods';
import { requestIdOf } from '../http/request-id';
import { noteTraceId } from '../http/request-trace';
import { RedisClock } from '../redis/redis-clock';
import { Tracing } from '../tracing/tracing';
import { KnownTasks } from './known-tasks';
import { TaskStore } from './task.store';

interface Followed {
  fromUs: number;
  /** The span of who sent it, by `traceparent`. */
  caller: SpanPlace | null;
  /** What is known by now of what it is about. */
  run: { run: RunOfTrace; submittedAtUs: number; taskCount: number } | null;
  task: { id: TaskId; attemptId: AttemptId | null } | null;
}

/** Where the span of a request stands. */
type Standing = Pick<Span, 'place' | 'parent' | 'isParentRemote' | 'links' | 'startUs'> & {
  attributes: SpanAttributes;
};

@Injectable()
export class RequestTraces {
  private readonly followed = new WeakMap<object, Followed>();

  constructor(
    private readonly tracing: Tracing,
    private readonly known: KnownTasks,
    private readonly store: TaskStore,
    private readonly clock: RedisClock,
  ) {}

  /** From here on the request has a span, which ends with its answer. Said first of all in a handler. */
  follow(request: Request, response: Response): void {
    if (!this.tracing.isOn) return;
    const { traceparent, tracestate } = request.headers;
    const caller = parseTraceparent(traceparent, tracestate);
    if (caller !== null) noteTraceId(request, caller.traceId);
    const followed: Followed = { fromUs: this.clock.guessUs(), caller, run: null, task: null };
    this.followed.set(request, followed);
    response.once('close', () => {
      const endUs = this.clock.guessUs();
      void this.standingOf(followed).then((standing) => {
        this.tracing.send(spanOf(request, response, standing, endUs));
      });
    });
  }

  /** The span of the client; null when it named none, or traces are off. */
  callerOf(request: Request): SpanPlace | null {
    return this.followed.get(request)?.caller ?? null;
  }

  /** A document was registered by it. */
  beginsRun(request: Request, begun: NonNullable<Followed['run']>): void {
    const followed = this.followed.get(request);
    if (followed === undefined) return;
    followed.run = begun;
    noteTraceId(request, traceIdOf(begun.run));
  }

  /** It is about this task, and made by this attempt, if it says so. */
  concerns(request: object, id: TaskId, attemptId: AttemptId | null): void {
    const followed = this.followed.get(request);
    if (followed !== undefined) followed.task = { id, attemptId };
  }

  private async standingOf(followed: Followed): Promise<Standing> {
    const { fromUs: startUs, caller, run } = followed;
    if (run !== null) return this.asRoot(run, followed);
    const task = followed.task === null ? null : await this.taskOf(followed.task.id);
    if (followed.task !== null && task !== null) return this.underAttempt(task, followed.task, followed);
    // About nothing that is known: refused, most likely.
    return {
      place: this.freshPlace(caller?.traceId ?? randomHex(16), caller),
      parent: caller,
      isParentRemote: true,
      links: [],
      startUs,
      attributes: followed.task === null ? {} : { 'orchestrator.task.id': followed.task.id },
    };
  }

  private asRoot(
    { run, submittedAtUs, taskCount }: NonNullable<Followed['run']>,
    { fromUs, caller }: Followed,
  ): Standing {
    return {
      place: placeOfRun(run, this.tracing.isSampled),
      parent: caller,
      isParentRemote: true,
      links: [],
      startUs: Math.min(fromUs, submittedAtUs),
      attributes: { 'orchestrator.run.id': run.runId, 'orchestrator.run.task_count': taskCount },
    };
  }

  /** A worker may have spans of its own in between, in the run's trace; a span of another trace is only linked. */
  private underAttempt(
    task: Task,
    named: NonNullable<Followed['task']>,
    { fromUs, caller }: Followed,
  ): Standing {
    const isOwn = caller !== null && caller.traceId === traceIdOf(task);
    const attemptId = named.attemptId ?? task.attemptId;
    const above =
      attemptId === null
        ? placeOfRun(task, this.tracing.isSampled)
        : placeOfAttempt(task, attemptId, this.tracing.isSampled);
    return {
      place: this.freshPlace(above.traceId, above),
      parent: isOwn ? caller : above,
      isParentRemote: isOwn,
      links: caller === null || isOwn ? [] : [caller],
      // A worker's clock and ours may differ by more than it needed.
      startUs: Math.max(fromUs, attemptId === task.attemptId ? (task.dispatchedAtUs ?? 0) : 0),
      attributes: {
        'orchestrator.run.id': task.runId,
        'orchestrator.task.id': task.id,
        'orchestrator.task.name': task.name,
        ...(attemptId === null ? {} : { 'orchestrator.attempt.id': attemptId }),
      },
    };
  }

  private freshPlace(traceId: string, above: SpanPlace | null): SpanPlace {
    return {
      traceId,
      spanId: randomHex(8),
      isSampled: this.tracing.isSampled(traceId, above?.isSampled ?? null),
      state: above?.state ?? null,
    };
  }

  private async taskOf(id: TaskId): Promise<Task | null> {
    return this.known.get(id) ?? this.known.doneOne(id) ?? (await this.store.read(id).catch(() => null));
  }
}

function spanOf(request: Request, response: Response, standing: Standing, endUs: number): Span {
  const { method } = request;
  const route = routeOf(request);
  const { statusCode } = response;
  const isAnswered = response.writableFinished;
  return span({
    ...standing,
    name: route === null ? method : `${method} ${route}`,
    kind: 'server',
    endUs,
    attributes: {
      'http.request.method': method,
      ...(route === null ? {} : { 'http.route': route }),
      'url.path': request.originalUrl.split('?', 1)[0] ?? '',
      'url.scheme': request.protocol,
      ...(isAnswered ? { 'http.response.status_code': statusCode } : {}),
      'orchestrator.request.id': requestIdOf(request),
      ...standing.attributes,
    },
    error: errorOf(isAnswered, statusCode),
  });
}

/** What the client got wrong is no error of the server's. */
function errorOf(isAnswered: boolean, statusCode: number): Span['error'] {
  if (!isAnswered) return { type: 'aborted', message: 'the client went away' };
  return statusCode < 500 ? null : { type: String(statusCode), message: '' };
}

const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex');
