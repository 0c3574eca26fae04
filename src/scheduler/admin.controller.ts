/** `/admin`: what an operator may ask for out of turn. */
import { Controller, HttpCode, Post, Query } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { formatTime } from '../core/lifecycle/time';
import { ApiProblems, ApiSecured } from '../http/api-problems';
import { queryPipe } from '../http/query-pipe';
import { Retention } from '../results/retention';
import { type Preview, RetentionPreview } from '../results/retention-preview';
import { BY_REQUEST } from '../tasks/task-retention';
import { CleanupDto } from './cleanup.dto';
import { FleetCleanup } from './fleet-cleanup';
import { GC, GC_PREVIEW } from './gc.examples';
import { GcDto, GcPreviewDto, GcQueryDto } from './gc.dto';

/** Less than a proxy in between waits for an answer. */
const GC_MS = 20_000;

@ApiTags('admin')
@ApiSecured()
@Controller('admin')
export class AdminController {
  constructor(
    private readonly cleanup: FleetCleanup,
    private readonly retention: Retention,
    private readonly previews: RetentionPreview,
  ) {}

  @Post('cleanup')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'removeStaleWorkers',
    summary: 'Remove stale workers',
    description:
      'Takes workers past their heartbeat TTL off the list and sends the tasks that they held out again.',
  })
  @ApiOkResponse({
    description: 'What was removed.',
    type: CleanupDto,
    example: { ok: true, removed: 1, workers: ['gpu-1'] } satisfies CleanupDto,
  })
  @ApiProblems(503)
  async clean(): Promise<CleanupDto> {
    const workers = await this.cleanup.run();
    return { ok: true, removed: workers.length, workers };
  }

  @Post('gc')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'collectGarbage',
    summary: 'Delete results and files that are due, or only say which are',
    description:
      'Due is what RESULTS_TTL_DAYS, `spec.output.ttlDays`, ARTIFACT_QUOTA_BYTES and RECORDS_TTL_DAYS say. The replica that schedules does the same by itself; this is for out of turn, at any replica, and for at most 20 seconds.',
  })
  @ApiExtraModels(GcDto, GcPreviewDto)
  @ApiOkResponse({
    description: 'What was deleted, or would be.',
    content: {
      'application/json': {
        schema: { oneOf: [{ $ref: getSchemaPath(GcDto) }, { $ref: getSchemaPath(GcPreviewDto) }] },
        examples: {
          deleted: { summary: 'What was deleted', value: GC },
          preview: { summary: 'With `dryRun=true`', value: GC_PREVIEW },
        },
      },
    },
  })
  @ApiProblems(400, 503)
  async collect(@Query(queryPipe()) { dryRun }: GcQueryDto): Promise<GcDto | GcPreviewDto> {
    if (dryRun === true) return shown(await this.previews.look());
    const until = performance.now() + GC_MS;
    const { deleted, kept, records, isComplete } = await this.retention.run(
      BY_REQUEST,
      () => performance.now() < until,
    );
    return {
      ok: true,
      dry_run: false,
      deleted_by_ttl: deleted.ttl,
      deleted_by_quota: deleted.quota,
      kept: kept.size,
      records,
      complete: isComplete,
    };
  }
}

function shown({ due, kept, unknown, isComplete }: Preview): GcPreviewDto {
  return {
    ok: true,
    dry_run: true,
    count: due.count,
    bytes: due.bytes,
    due: due.first.map(({ taskId, cause, endedAtUs, sizeBytes }) => ({
      task_id: taskId,
      cause,
      ended_at: endedAtUs === null ? null : formatTime(endedAtUs),
      size_bytes: sizeBytes,
    })),
    kept_count: kept.count,
    kept: kept.first.map(({ taskId, cause, neededBy, why }) => ({
      task_id: taskId,
      cause,
      needed_by: neededBy,
      why,
    })),
    unknown_count: unknown.count,
    unknown: unknown.first.map(({ name, sizeBytes }) => ({ name, size_bytes: sizeBytes })),
    complete: isComplete,
  };
}
