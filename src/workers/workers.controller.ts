/** `/workers`: the fleet, and one of it. */
import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ProblemError } from '../core/errors';
import { isWorkerId, WORKER_ID_PATTERN } from '../core/ids';
import { ApiProblems, ApiSecured } from '../http/api-problems';
import { WorkerReader } from './worker-reader';
import type { WorkerView } from './worker-view';
import { WORKER } from './worker.examples';
import { WorkerDto } from './worker.dto';

@ApiTags('workers')
@ApiSecured()
@Controller('workers')
export class WorkersController {
  constructor(private readonly reader: WorkerReader) {}

  @Get()
  @ApiOperation({ operationId: 'listWorkers', summary: 'List the registered workers' })
  @ApiOkResponse({ description: 'All of them, by id.', type: [WorkerDto], example: [WORKER] })
  @ApiProblems(503)
  async list(): Promise<WorkerDto[]> {
    const views = await this.reader.readMany(await this.reader.ids());
    return views.filter((view) => view.listed).map(toDto);
  }

  @Get(':id')
  @ApiOperation({ operationId: 'getWorker', summary: 'Read one worker' })
  @ApiParam({
    name: 'id',
    description: 'The id that the worker chose.',
    schema: { type: 'string', pattern: WORKER_ID_PATTERN.source, example: WORKER.worker_id },
  })
  @ApiOkResponse({ description: 'The worker.', type: WorkerDto, example: WORKER })
  @ApiProblems(400, 404, 503)
  async read(@Param('id') id: string): Promise<WorkerDto> {
    if (!isWorkerId(id)) {
      throw new ProblemError('bad-request', 'A worker id is 1 to 128 letters, digits and _ . : @ -');
    }
    const view = await this.reader.read(id);
    if (!view.listed) throw new ProblemError('not-found', `There is no worker ${id}.`);
    return toDto(view);
  }
}

function toDto({ id, report, lease }: WorkerView): WorkerDto {
  return {
    worker_id: id,
    status: report.status,
    started_at: report.startedAt,
    pid: report.pid,
    env: report.env,
    hardware: report.hardwareRaw,
    tags: report.tags,
    last_seen: report.lastSeen,
    stale: lease.stale,
    task_id: lease.taskId,
    ...(report.costPerHour === null ? {} : { cost_per_hour: report.costPerHour }),
  };
}
