/** What is said of a resumable upload. */
import { ApiProperty } from '@nestjs/swagger';

export class UploadDto {
  @ApiProperty({ format: 'uuid' })
  upload_id!: string;

  @ApiProperty()
  task_id!: string;

  @ApiProperty({ example: 'final_model.zip' })
  filename!: string;

  @ApiProperty({
    enum: ['open', 'created', 'same', 'kept'],
    description:
      '`open`: bytes are missing. `created`: stored. `same`: these bytes were there under this name already. `kept`: whole, to be judged when the task store answers again.',
  })
  status!: 'open' | 'created' | 'same' | 'kept';

  @ApiProperty({ type: 'integer', description: 'Bytes that have come.' })
  offset!: number;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Bytes of the file; null: not said yet.' })
  size!: number | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'Hex, of the whole file; null while it is open.',
  })
  sha256!: string | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'Relative to the results directory; null while it is open.',
    example: '8c1f/final_model.zip',
  })
  path!: string | null;
}
