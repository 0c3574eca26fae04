/** Results over HTTP: ingest and read back, both streamed. */
import { Controller, Delete, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiHeader,
  ApiNoContentResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { pipeline } from 'node:stream/promises';
import { ProblemError } from '../core/errors';
import type { TaskId } from '../core/ids';
import { ApiProblems, ApiSecured } from '../http/api-problems';
import { TaskIdPipe } from '../http/task-id.pipe';
import { TaskRetention } from '../tasks/task-retention';
import { TaskStore } from '../tasks/task.store';
import { type DeletionVerdict, ResultDeletion } from './result-deletion';
import { IngestResult, type Ingested } from './ingest-result';
import { ofUnknown, type OpenEnvelope, ResultStore } from './result.store';
import { EnvelopeDto, PostResultDto, ResultStoredDto } from './results.dto';

const STATUS: Record<Ingested, number> = { created: 201, same: 200, kept: 202 };

@ApiTags('results')
@ApiSecured()
@Controller('api/v1/results')
export class ResultsController {
  constructor(
    private readonly tasks: TaskStore,
    private readonly results: ResultStore,
    private readonly ingest: IngestResult,
    private readonly retention: TaskRetention,
    private readonly deletion: ResultDeletion,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Post the result of a task, which completes it' })
  @ApiHeader({
    name: 'X-Orchestrator-Attempt',
    required: false,
    description: 'The attempt that made the result.',
  })
  @ApiBody({ type: PostResultDto })
  @ApiResponse({ status: 201, description: 'Stored.', type: ResultStoredDto })
  @ApiResponse({ status: 200, description: 'The same bytes were there already.', type: ResultStoredDto })
  @ApiResponse({
    status: 202,
    description: 'Kept on disk until the task store answers again, and judged then.',
    type: ResultStoredDto,
  })
  @ApiProblems(400, 404, 409, 410, 413, 415, 503, 507)
  async post(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ResultStoredDto> {
    const { kind, taskId } = await this.ingest.run(request);
    response.status(STATUS[kind]);
    const stored = { ok: true as const, path: `${taskId}/responses.json` };
    return kind === 'kept' ? { ...stored, spooled: true } : stored;
  }

  @Get(':id')
  @ApiOperation({ summary: 'The stored envelope of a task, also from shared storage' })
  @ApiResponse({ status: 200, type: EnvelopeDto })
  @ApiProblems(400, 404, 410)
  async get(
    @Param('id', TaskIdPipe) id: TaskId,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.retention.requireKept(id);
    const envelope = await this.open(id);
    if (envelope === null) throw new ProblemError('not-found', `There is no result for task ${id}.`);
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.setHeader('Content-Length', envelope.length);
    if (request.method === 'HEAD') {
      await envelope.close();
      response.end();
      return;
    }
    try {
      await pipeline(envelope.stream(), response);
    } catch (error) {
      // A client that goes away in the middle is no failure.
      if (!response.destroyed) throw error;
    }
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Delete the result and the files of an ended task',
    description:
      'With those of its shards, if it was split. Its record stays, and says so. Doing it again is answered the same.',
  })
  @ApiNoContentResponse({ description: 'Nobody is given anything of it any more.' })
  @ApiProblems(400, 404, 409, 503)
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
  return `task ${by}, which has not ended, depends on it`;
}
