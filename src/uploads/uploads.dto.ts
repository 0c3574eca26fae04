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

/** One that is stored, for OpenAPI. */
export const UPLOAD = {
  upload_id: '7c1d0d5e-6f0f-4a55-9b1d-1f1b5a3c9c44',
  task_id: 'b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11',
  filename: 'final_model.zip',
  status: 'created',
  offset: 7,
  size: 7,
  sha256: '9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c',
  path: 'b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11/final_model.zip',
} satisfies UploadDto;
