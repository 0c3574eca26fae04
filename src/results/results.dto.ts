/** Bodies and answers of the result routes. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ID_PATTERN } from '../core/ids';
import { ANY_JSON } from '../http/any-json';

export class PostResultDto {
  @ApiProperty({ description: 'The task.', pattern: ID_PATTERN.source })
  task_id!: string;

  @ApiProperty({
    ...ANY_JSON,
    description: 'Any JSON, usually an object; stored byte by byte.',
  })
  result!: unknown;

  @ApiPropertyOptional({ type: String, nullable: true })
  worker_id?: string | null;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true })
  metadata?: Record<string, unknown> | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'ISO 8601; the time of arrival when left out.',
  })
  received_at?: string | null;
}

export class ResultStoredDto {
  @ApiProperty({ example: true })
  ok!: true;

  @ApiProperty({ description: 'Relative to the results directory.', example: '8c1f/responses.json' })
  path!: string;

  @ApiPropertyOptional({ description: 'With 202 only.', example: true })
  spooled?: true;
}

export class EnvelopeDto {
  @ApiProperty()
  task_id!: string;

  @ApiProperty({ type: String, nullable: true, description: '`MULTI` for the aggregate of shards.' })
  worker_id!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  metadata!: Record<string, unknown> | null;

  @ApiProperty({ type: String, nullable: true })
  received_at!: string | null;

  @ApiProperty({ ...ANY_JSON, description: 'Any JSON, as it was posted.' })
  result!: unknown;
}
