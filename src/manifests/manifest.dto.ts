/** The manifest of a task, as it is answered and as it is kept beside its files. */
import { ApiProperty } from '@nestjs/swagger';
import { type TaskStatus, TASK_STATUSES } from '../core/model';

const DIGEST = { type: String, description: 'Hex.' } as const;

export class ManifestFileDto {
  @ApiProperty({ example: 'final_lora.zip', description: '`responses.json` is the result, as it is served.' })
  name!: string;

  @ApiProperty({ enum: ['result', 'artifact'] })
  kind!: 'result' | 'artifact';

  @ApiProperty({ type: 'integer', description: 'Bytes.' })
  size!: number;

  @ApiProperty(DIGEST)
  sha256!: string;

  @ApiProperty({ format: 'date-time' })
  time!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The attempt that made it, as far as it said so; null for what lies on shared storage.',
  })
  attempt_id!: string | null;
}

export class LeftOutDto {
  @ApiProperty()
  name!: string;

  @ApiProperty({
    enum: ['not_a_file', 'name', 'unfinished', 'too_many'],
    description:
      'A link or the like; a name that no file may have; still being written; a directory with more than is looked at.',
  })
  why!: 'not_a_file' | 'name' | 'unfinished' | 'too_many';
}

export class DeclaredDto {
  @ApiProperty({ description: 'A name or a pattern, as `spec.output.artifacts` has it.', example: '*.zip' })
  name!: string;

  @ApiProperty()
  required!: boolean;

  @ApiProperty()
  present!: boolean;

  @ApiProperty({ type: [String], description: 'The files that it means; of 20,000 names in all, the first.' })
  files!: string[];
}

export class GivenFileDto {
  @ApiProperty()
  name!: string;

  @ApiProperty({ type: 'integer', description: 'Bytes.' })
  size!: number;

  @ApiProperty(DIGEST)
  sha256!: string;
}

export class InputDto {
  @ApiProperty({ description: 'By which templates call the dependency.' })
  name!: string;

  @ApiProperty()
  task_id!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'SHA-256 (hex) of the result that the task was given; null: it was given none.',
  })
  result_sha256!: string | null;

  @ApiProperty({ type: [GivenFileDto], description: 'Files that its templates name.' })
  files!: GivenFileDto[];
}

export class ManifestShardDto {
  @ApiProperty()
  task_id!: string;

  @ApiProperty({ type: 'integer' })
  index!: number;

  @ApiProperty({ type: String, nullable: true })
  result_sha256!: string | null;
}

export class ManifestDto {
  @ApiProperty()
  task_id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ enum: TASK_STATUSES })
  status!: TaskStatus;

  @ApiProperty({ type: String, nullable: true, format: 'date-time' })
  finished_at!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: '`MULTI` for a task that was spread over workers.',
  })
  worker_id!: string | null;

  @ApiProperty({ type: 'integer', description: 'How often it was dispatched.' })
  attempt!: number;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The latest attempt; of a task that is DONE, the one that won.',
  })
  attempt_id!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'SHA-256 (hex) of the bytes of the `result` member: what the inputs of other tasks name.',
  })
  result_sha256!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    format: 'date-time',
    description:
      'When result and files were deleted: then there are none, and what it was given is told still.',
  })
  result_deleted_at!: string | null;

  @ApiProperty({ type: [ManifestFileDto] })
  files!: ManifestFileDto[];

  @ApiProperty({ type: [LeftOutDto], description: 'What else lies in the directories of the task.' })
  left_out!: LeftOutDto[];

  @ApiProperty({ type: [DeclaredDto], description: 'What `spec.output.artifacts` names.' })
  declared!: DeclaredDto[];

  @ApiProperty({ type: [String], description: 'Of these, what is required and not there.' })
  missing!: string[];

  @ApiProperty({ type: [InputDto], description: 'What the latest attempt was given of other tasks.' })
  inputs!: InputDto[];

  @ApiProperty({ type: [ManifestShardDto], description: 'Of a task that was spread over workers.' })
  shards!: ManifestShardDto[];

  @ApiProperty({ format: 'date-time', description: 'When this was put together.' })
  made_at!: string;
}

/** A manifest as data, wherever it came from. */
export type ManifestText = Pick<ManifestDto, keyof ManifestDto>;
