/** What there is of a task, over HTTP: its manifest, and all of it as one archive. */
import { Controller, Get, Logger, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { TokenOrSignature } from '../artifacts/file-access.guard';
import { ProblemError } from '../core/errors';
import type { TaskId } from '../core/ids';
import { ApiProblems, ApiSecured } from '../http/api-problems';
import { attach } from '../http/attachment';
import { ApiTaskId, TaskIdPipe } from '../http/task-id.pipe';
import { EntryChanged, sendArchive } from './archive';
import { Bundles } from './bundles';
import { PARTS, readInclude } from './include';
import { MANIFEST } from './manifest.example';
import { ManifestDto } from './manifest.dto';
import { Manifests } from './manifests';

@ApiTags('results')
@ApiTaskId()
@Controller('api/v1/results/:id')
export class ManifestsController {
  private readonly logger = new Logger(ManifestsController.name);

  constructor(
    private readonly manifests: Manifests,
    private readonly bundles: Bundles,
  ) {}

  @Get('manifest')
  @ApiSecured()
  @ApiOperation({
    operationId: 'getManifest',
    summary: 'What there is of a task: every file with its digest, what was declared, what it was made from',
  })
  @ApiResponse({
    status: 200,
    description: 'The manifest, as it is now.',
    type: ManifestDto,
    example: MANIFEST,
  })
  @ApiProblems(400, 404, 503)
  async manifest(@Param('id', TaskIdPipe) id: TaskId): Promise<ManifestDto> {
    const manifest = await this.manifests.of(id);
    if (manifest === null) throw new ProblemError('not-found', `There is no task ${id}.`);
    return manifest.dto;
  }

  @Get('bundle')
  @TokenOrSignature()
  @ApiOperation({
    operationId: 'downloadBundle',
    summary: 'The result and the files of a task as one `.tar.gz`, made while it is sent',
    description:
      'With `manifest.json` first. When a file changes or goes meanwhile, the connection is broken off: an archive that ends is whole.',
  })
  @ApiQuery({
    name: 'include',
    required: false,
    description: 'Which parts; both when left out.',
    schema: { type: 'array', items: { type: 'string', enum: [...PARTS] }, minItems: 1, example: [PARTS[0]] },
    style: 'form',
    explode: false,
  })
  @ApiProduces('application/gzip')
  @ApiResponse({
    status: 200,
    description: 'The archive, as an attachment.',
    content: { 'application/gzip': { schema: { type: 'string', format: 'binary' } } },
  })
  @ApiProblems(400, 404, 410, 503)
  async bundle(
    @Param('id', TaskIdPipe) id: TaskId,
    @Query('include') include: unknown,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { filename, entries } = await this.bundles.of(id, readInclude(include));
    attach(response, filename);
    response.setHeader('Content-Type', 'application/gzip');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'private, no-cache');
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    try {
      await sendArchive(entries, response);
    } catch (error) {
      // A client that goes away in the middle is no failure, and what broke off has no answer any more.
      if (error instanceof EntryChanged)
        this.logger.warn({ task_id: id, err: error }, `a bundle was broken off: ${error.message}`);
      if (!response.destroyed) throw error;
    }
  }
}
