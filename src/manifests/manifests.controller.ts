/** What there is of a task, over HTTP: its manifest. */
import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ProblemError } from '../core/errors';
import type { TaskId } from '../core/ids';
import { ApiProblems, ApiSecured } from '../http/api-problems';
import { TaskIdPipe } from '../http/task-id.pipe';
import { ManifestDto } from './manifest.dto';
import { Manifests } from './manifests';

@ApiTags('results')
@Controller('api/v1/results/:id')
export class ManifestsController {
  constructor(private readonly manifests: Manifests) {}

  @Get('manifest')
  @ApiSecured()
  @ApiOperation({
    summary: 'What there is of a task: every file with its digest, what was declared, what it was made from',
  })
  @ApiResponse({ status: 200, type: ManifestDto })
  @ApiProblems(400, 404, 503)
  async manifest(@Param('id', TaskIdPipe) id: TaskId): Promise<ManifestDto> {
    const manifest = await this.manifests.of(id);
    if (manifest === null) throw new ProblemError('not-found', `There is no task ${id}.`);
    return manifest.dto;
  }
}
