/** Results over HTTP: ingest and read back, both streamed. */
import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { pipeline } from 'node:stream/promises';
import { ProblemError } from '../core/errors';
import type { TaskId } from '../core/ids';
import { ApiProblems, ApiSecured } from '../http/api-problems';
import { TaskIdPipe } from '../http/task-id.pipe';
import { TaskStore } from '../tasks/task.store';
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
  @ApiProblems(400, 404, 409, 413, 415, 503, 507)
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
  @ApiProblems(400, 404)
  async get(
    @Param('id', TaskIdPipe) id: TaskId,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
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

  /** Our committed copy can be had while the task store does not answer. */
  private async open(id: TaskId): Promise<OpenEnvelope | null> {
    const committed = await this.results.openCommitted(id);
    if (committed !== null) return committed;
    const [task, document] = await Promise.all([this.tasks.read(id), this.tasks.readDocument(id)]);
    return await this.results.open(task ?? ofUnknown(id), document);
  }
}
