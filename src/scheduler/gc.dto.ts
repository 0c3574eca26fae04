/** What is deleted of ended tasks, or would be. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional } from 'class-validator';

const CAUSES = ['ttl', 'quota'] as const;

export class GcQueryDto {
  @ApiPropertyOptional({ description: 'Only say what would be deleted.', example: true })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  dryRun?: boolean;
}

export class GcDto {
  @ApiProperty({ example: true })
  ok!: boolean;

  @ApiProperty({ enum: [false] })
  dry_run!: false;

  @ApiProperty({
    type: 'integer',
    description: 'Tasks whose result and files were deleted, since they were too old.',
  })
  deleted_by_ttl!: number;

  @ApiProperty({ type: 'integer', description: 'The same, to make room.' })
  deleted_by_quota!: number;

  @ApiProperty({
    type: 'integer',
    description: 'Those that are due as well and that an open task needs, or that could not be deleted.',
  })
  kept!: number;

  @ApiProperty({ type: 'integer', description: 'Records of tasks that were deleted.' })
  records!: number;

  @ApiProperty({
    description:
      'false: the time of one request was over before all was done; ask again, or leave it to the service.',
  })
  complete!: boolean;
}

export class GcDueDto {
  @ApiProperty()
  task_id!: string;

  @ApiProperty({ enum: CAUSES })
  cause!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  ended_at!: string | null;

  @ApiProperty({ type: 'integer' })
  size_bytes!: number;
}

export class GcKeptDto {
  @ApiProperty()
  task_id!: string;

  @ApiProperty({ enum: CAUSES })
  cause!: string;

  @ApiProperty({ description: 'The task that needs it.' })
  needed_by!: string;

  @ApiProperty({
    enum: ['dependent', 'parent', 'delivery'],
    description:
      'It depends on it, or on what was made of it; it is its parent; or its aggregate is still to be sent.',
  })
  why!: string;
}

export class GcUnknownDto {
  @ApiProperty({ description: 'Of the directory, below the results directory.' })
  name!: string;

  @ApiProperty({ type: 'integer' })
  size_bytes!: number;
}

export class GcPreviewDto {
  @ApiProperty({ example: true })
  ok!: boolean;

  @ApiProperty({ enum: [true] })
  dry_run!: true;

  @ApiProperty({ type: 'integer', description: 'Tasks whose result and files would be deleted.' })
  count!: number;

  @ApiProperty({ type: 'integer' })
  bytes!: number;

  @ApiProperty({ type: [GcDueDto], description: 'The first hundred of them.' })
  due!: GcDueDto[];

  @ApiProperty({ type: 'integer', description: 'Tasks that are due as well, and that an open task needs.' })
  kept_count!: number;

  @ApiProperty({ type: [GcKeptDto], description: 'The first hundred of them.' })
  kept!: GcKeptDto[];

  @ApiProperty({
    type: 'integer',
    description:
      'Directories that look like those of tasks and belong to no task that has files. The service never deletes them.',
  })
  unknown_count!: number;

  @ApiProperty({ type: [GcUnknownDto], description: 'The first hundred of them.' })
  unknown!: GcUnknownDto[];

  @ApiProperty({ description: 'false: there is more than was looked at.' })
  complete!: boolean;
}
