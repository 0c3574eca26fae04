/** What the probes answer when all is well; otherwise they answer problem+json. */
import { ApiProperty } from '@nestjs/swagger';

export class AliveDto {
  @ApiProperty({ example: true })
  ok!: boolean;
}

export class ReadyDto {
  @ApiProperty({ example: 'ok' })
  status!: string;

  @ApiProperty({
    description: 'State by part: redis, disk, events, scheduling, process.',
    type: 'object',
    additionalProperties: {
      type: 'object',
      properties: { status: { type: 'string', enum: ['up', 'down'] }, message: { type: 'string' } },
      required: ['status'],
    },
  })
  details!: Record<string, { status: string; message?: string }>;
}

/** With all parts, for OpenAPI. */
export const READY: ReadyDto = {
  status: 'ok',
  details: {
    redis: { status: 'up' },
    disk: { status: 'up' },
    events: { status: 'up' },
    scheduling: { status: 'up', message: 'following replica-2:17' },
    process: { status: 'up' },
  },
};
