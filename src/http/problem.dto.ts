/** The shape of every error answer, for clients and for OpenAPI (RFC 9457). */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class ProblemIssueDto {
  @ApiProperty({
    description: 'Place in the document, body or query; empty for the whole.',
    example: 'spec.stages[1].name',
  })
  path!: string;

  @ApiPropertyOptional({ type: 'integer', description: '1-based line, where the text has one.' })
  line?: number;

  @ApiPropertyOptional({ type: 'integer', description: '1-based column, where the text has one.' })
  column?: number;

  @ApiProperty({ description: 'Stable slug.', example: 'missing' })
  code!: string;

  @ApiProperty({ description: 'What is wrong and what is expected instead.' })
  message!: string;
}

export class ProblemDto {
  @ApiProperty({ description: 'urn:orchestrator:<slug>', example: 'urn:orchestrator:not-found' })
  type!: string;

  @ApiProperty({ example: 'Not found' })
  title!: string;

  @ApiProperty({ type: 'integer', example: 404 })
  status!: number;

  @ApiProperty({ description: 'What happened with this request.' })
  detail!: string;

  @ApiProperty({ description: 'The request id, also in the X-Request-Id header and in the logs.' })
  instance!: string;

  @ApiPropertyOptional({ type: () => [ProblemIssueDto], description: 'Every single mistake.' })
  errors?: ProblemIssueDto[];
}
