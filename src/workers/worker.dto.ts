/** What clients read about workers. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ANY_JSON } from '../http/any-json';

export class WorkerDto {
  @ApiProperty()
  worker_id!: string;

  @ApiProperty({ type: String, nullable: true, example: 'IDLE' })
  status!: string | null;

  @ApiProperty({ type: String, nullable: true })
  started_at!: string | null;

  @ApiProperty({ type: 'integer', nullable: true })
  pid!: number | null;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  env!: unknown;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  hardware!: unknown;

  @ApiProperty({ ...ANY_JSON, description: 'As the worker reports them: usually a list of words.' })
  tags!: unknown;

  @ApiProperty({ type: String, nullable: true })
  last_seen!: string | null;

  @ApiProperty({ description: 'No heartbeat for longer than HEARTBEAT_TTL_SEC.' })
  stale!: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'The task that it holds.' })
  task_id!: string | null;

  @ApiPropertyOptional({ type: Number, description: 'As the worker reports it.' })
  cost_per_hour?: number;
}
