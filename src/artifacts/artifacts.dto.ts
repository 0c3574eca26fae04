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
  @ApiProperty({
    description: 'Of a file in a directory its path, with slashes.',
    example: 'checkpoint-500/model.safetensors',
  })
  name!: string;

  @ApiProperty({
    format: 'uri-reference',
    description: 'Where it can be had, relative to the URL of this list.',
    example: 'files/checkpoint-500%2Fmodel.safetensors',
  })
  url!: string;

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
