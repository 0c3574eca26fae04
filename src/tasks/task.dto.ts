/** What clients read and send about tasks: snake_case on the wire. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { TASK_STATUSES, type TaskStatus } from '../core/model';

/** The most records that one page has, and what a listing without `limit` is cut at. */
export const MAX_PAGE = 1_000;

const time = {
  type: String,
  format: 'date-time',
  nullable: true,
  example: '2026-01-31T08:00:00.123456Z',
} as const;
const id = { type: String, nullable: true, example: 'b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11' } as const;

export class TaskRecordDto {
  @ApiProperty({ example: 'b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11' })
  task_id!: string;

  @ApiProperty({
    description: '`<document>` or `<document>:<stage>`; a shard adds `#<index>`.',
    example: 'digits:train',
  })
  name!: string;

  @ApiProperty({ enum: TASK_STATUSES })
  status!: TaskStatus;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The worker that has or had it; MULTI for a parent of shards.',
  })
  assigned_worker!: string | null;

  @ApiProperty({ description: 'The channel on which it is dispatched.', example: 'tasks' })
  topic!: string;

  @ApiProperty({ ...time, nullable: false })
  submitted_at!: string;

  @ApiProperty(time)
  started_at!: string | null;

  @ApiProperty(time)
  finished_at!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What ended it, or the latest failure that a worker reported.',
  })
  error!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why it is where it is, when that needs saying.',
  })
  reason!: string | null;

  @ApiProperty({ type: 'integer', description: 'Failures that were tried again.' })
  retries!: number;

  @ApiProperty({ type: 'integer' })
  max_retries!: number;

  @ApiProperty(time)
  next_retry_at!: string | null;

  @ApiProperty(id)
  parent_task_id!: string | null;

  @ApiProperty({ type: 'integer', nullable: true })
  shard_index!: number | null;

  @ApiProperty({ type: 'integer', nullable: true })
  shard_total!: number | null;

  @ApiProperty({ type: String, nullable: true, description: 'The stage or node of the document that it is.' })
  graph_node_name!: string | null;

  @ApiProperty({ description: 'Shared by all tasks of one document.' })
  run_id!: string;

  @ApiProperty({ type: [String], description: 'Dependencies that are not DONE.' })
  waiting_on!: string[];

  @ApiProperty({ type: String, nullable: true })
  last_failed_worker!: string | null;

  @ApiProperty({ type: 'integer', description: 'How often it was dispatched.' })
  attempt!: number;

  @ApiProperty({ ...time, description: 'When its result and its files were deleted.' })
  result_deleted_at!: string | null;

  @ApiProperty({
    type: String,
    enum: ['ttl', 'quota', 'request', null],
    nullable: true,
    description: 'Their time was over, there was no room, or a client wanted it.',
  })
  result_deleted_because!: string | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'The task document; only with full=true in lists.',
  })
  parsed?: Record<string, unknown>;

  @ApiPropertyOptional({ description: 'The document as submitted; only with full=true in lists.' })
  raw_yaml?: string;
}

export class SubmittedTaskDto {
  @ApiProperty()
  task_id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ enum: TASK_STATUSES })
  status!: TaskStatus;

  @ApiProperty({ type: String, nullable: true })
  assigned_worker!: string | null;

  @ApiProperty()
  topic!: string;

  @ApiProperty({ type: [String] })
  waiting_on!: string[];

  @ApiProperty({ type: 'integer' })
  retries!: number;

  @ApiProperty({ type: 'integer' })
  max_retries!: number;
}

export class SubmissionDto {
  @ApiProperty({ example: true })
  ok!: boolean;

  @ApiProperty({ type: 'integer' })
  count!: number;

  @ApiProperty({ type: [SubmittedTaskDto], description: 'In the order of the document.' })
  tasks!: SubmittedTaskDto[];
}

export class ListTasksDto {
  @ApiPropertyOptional({ enum: TASK_STATUSES, description: 'Only tasks in this state.', example: 'RUNNING' })
  @IsOptional()
  @IsIn(TASK_STATUSES)
  status?: TaskStatus;

  @ApiPropertyOptional({ description: 'A part of the name, in any case.', maxLength: 256, example: 'train' })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  name?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_PAGE,
    description: 'The most records of a page; 1,000 when left out.',
    example: 100,
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE)
  limit?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    description: 'From the `Link` header of the page before.',
    example: 4_200,
  })
  @IsOptional()
  // Nothing is no number, though JavaScript has it as 0.
  @Transform(({ value }: { value: unknown }) => (value === '' ? NaN : Number(value)))
  @IsInt()
  @Min(0)
  cursor?: number;

  @ApiPropertyOptional({ description: 'With `parsed` and `raw_yaml`.', example: true })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  full?: boolean;
}
