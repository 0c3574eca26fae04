/** What a cleanup did. */
import { ApiProperty } from '@nestjs/swagger';

export class CleanupDto {
  @ApiProperty({ example: true })
  ok!: boolean;

  @ApiProperty({ type: 'integer' })
  removed!: number;

  @ApiProperty({ type: [String], description: 'Ids of the removed workers.' })
  workers!: string[];
}
