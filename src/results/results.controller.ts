/** Results over HTTP: ingest and read back, both streamed. */
import { Controller, Delete, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { ApiAttempt } from '../artifacts/attempt-header';
import { ProblemError } from '../core/errors';
import type { TaskId } from '../core/ids';
import {
  ApiConditional,
  ApiBodyDigest,
  ApiTraced,
  DIGESTS_WHERE_KNOWN,
  ETAG_OF_BYTES,
} from '../http/api-headers';
import { ApiProblems, ApiSecured } from '../http/api-problems';
import { ApiTaskId, TaskIdPipe } from '../http/task-id.pipe';
import { TaskRetention } from '../tasks/task-retention';
import { RequestTraces } from '../tasks/request-traces';
import { TaskStore } from '../tasks/task.store';
import { type DeletionVerdict, ResultDeletion } from './result-deletion';
import { IngestResult, type Ingested } from './ingest-result';
import type { OpenEnvelope } from './open-envelope';
import { ResultFigures } from './result-figures';
import { ResultStore } from './result.store';
import { ofUnknown } from './left-results';
import { sendEnvelope } from './send-envelope';
import { ENVELOPE, KEPT, POSTED, STORED } from './results.examples';
import { EnvelopeDto, PostResultDto, ResultStoredDto } from './results.dto';

const STATUS: Record<Ingested, number> = { created: 201, same: 200, kept: 202 };

@ApiTags('results')
@ApiSecured()
@Controller('api/v1/results')
export class ResultsController {
  constructor(
    private readonly tasks: TaskStore,
    private readonly results: ResultStore,
    private readonly figures: ResultFigures,
    private readonly ingest: IngestResult,
    private readonly retention: TaskRetention,
    private readonly deletion: ResultDeletion,
    private readonly traces: RequestTraces,
  ) {}

  @Post()
  @ApiOperation({ operationId: 'postResult', summary: 'Post the result of a task, which completes it' })
  @ApiAttempt()
  @ApiTraced()
  @ApiBodyDigest()
  @ApiBody({ type: PostResultDto, examples: { result: { summary: 'What a worker posts', value: POSTED } } })
  @ApiResponse({ status: 201, description: 'Stored.', type: ResultStoredDto, example: STORED })
  @ApiResponse({
    status: 200,
    description: 'The same bytes were there already.',
    type: ResultStoredDto,
    example: STORED,
  })
  @ApiResponse({
    status: 202,
    description: 'Kept on disk until the task store answers again, and judged then.',
    type: ResultStoredDto,
    example: KEPT,
  })
  @ApiProblems(400, 404, 409, 410, 413, 415, 503, 507)
  async post(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ResultStoredDto> {
    this.traces.follow(request, response);
    const { kind, taskId } = await this.ingest.run(request);
    response.status(STATUS[kind]);
    const stored = { ok: true as const, path: `${taskId}/responses.json` };
    return kind === 'kept' ? { ...stored, spooled: true } : stored;
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getResult',
    summary: 'The stored envelope of a task, also from shared storage',
    description: '`Range` and the conditions of RFC 9110 are honoured.',
  })
  @ApiTaskId()
  @ApiResponse({
    status: 200,
    description: 'The envelope; once the task has taken it, its ETag is the SHA-256 of `result`.',
    type: EnvelopeDto,
    example: ENVELOPE,
    headers: { ...ETAG_OF_BYTES, ...DIGESTS_WHERE_KNOWN },
  })
  @ApiConditional('envelope')
  @ApiProblems(400, 404, 410, 412, 416, 503)
  async get(
    @Param('id', TaskIdPipe) id: TaskId,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.retention.requireKept(id);
    const envelope = await this.open(id);
    if (envelope === null) throw new ProblemError('not-found', `There is no result for task ${id}.`);
    try {
      await sendEnvelope(request, response, envelope, this.figures.knownSha256(envelope));
    } finally {
      await envelope.close();
    }
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deleteResult',
    summary: 'Delete the result and the files of an ended task',
    description:
      'With those of its shards, if it was split. Its record stays, and says so. Doing it again is answered the same. After 503 and 507 it may have been done; do it again.',
  })
  @ApiTaskId()
  @ApiNoContentResponse({ description: 'Nobody is given anything of it any more.' })
  @ApiProblems(400, 404, 409, 503, 507)
  async delete(@Param('id', TaskIdPipe) id: TaskId): Promise<void> {
    const verdict = await this.deletion.deleteByRequest(id);
    if (verdict.kind !== 'deleted') throw undeletable(id, verdict);
  }

  /** Our committed copy can be had while the task store does not answer. */
  private async open(id: TaskId): Promise<OpenEnvelope | null> {
    const committed = await this.results.openCommitted(id);
    if (committed !== null) return committed;
    const [task, document] = await Promise.all([this.tasks.read(id), this.tasks.readDocument(id)]);
    return await this.results.open(task ?? ofUnknown(id), document);
  }
}

function undeletable(id: TaskId, verdict: Exclude<DeletionVerdict, { kind: 'deleted' }>): ProblemError {
  switch (verdict.kind) {
    case 'unknown':
      return new ProblemError('not-found', `There is no task ${id}.`);
    case 'open':
      return new ProblemError(
        'conflict',
        `Task ${id} is ${verdict.status}: only what an ended task has stored can be deleted. Cancel it first.`,
      );
    case 'needed':
      return new ProblemError('conflict', `Task ${id} cannot be deleted yet: ${neededFor(verdict)}.`);
    case 'not_leader':
      throw new Error('a client needs no epoch');
  }
}

function neededFor({ by, why }: { by: string; why: string }): string {
  if (why === 'delivery') return `the aggregate of task ${by} is still to be sent where its document says`;
  if (why === 'parent') return `task ${by}, of which it is a shard, has not ended`;
  return `task ${by}, which has not ended, depends on it, or on what was made of it`;
}
