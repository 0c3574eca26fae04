/** What the file routes answer. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class UploadedFileDto {
  @ApiProperty({ example: true })
  ok!: true;

  @ApiProperty({ description: 'Relative to the results directory.', example: '8c1f/final_model.zip' })
  path!: string;

  @ApiProperty({ example: 'final_model.zip' })
  filename!: string;

  @ApiProperty({ type: 'integer', description: 'Bytes.' })
  size!: number;

  @ApiProperty({ description: 'Hex.' })
  sha256!: string;

  @ApiPropertyOptional({ description: 'With 202 only.', example: true })
  spooled?: true;
}

export class FileDto {
  @ApiProperty({ example: 'final_model.zip' })
  name!: string;

  @ApiProperty({ type: 'integer', description: 'Bytes.' })
  size!: number;

  @ApiProperty({ description: 'Hex.' })
  sha256!: string;

  @ApiProperty({
    format: 'date-time',
    description: 'When it was uploaded, or last written on shared storage.',
  })
  time!: string;
}
