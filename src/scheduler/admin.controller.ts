/** `/admin`: what an operator may ask for out of turn. */
import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, ApiSecured } from '../http/api-problems';
import { CleanupDto } from './cleanup.dto';
import { FleetCleanup } from './fleet-cleanup';

@ApiTags('admin')
@ApiSecured()
@Controller('admin')
export class AdminController {
  constructor(private readonly cleanup: FleetCleanup) {}

  @Post('cleanup')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Remove stale workers',
    description:
      'Takes workers past their heartbeat TTL off the list and sends the tasks that they held out again.',
  })
  @ApiOkResponse({ type: CleanupDto })
  @ApiProblems(503)
  async clean(): Promise<CleanupDto> {
    const workers = await this.cleanup.run();
    return { ok: true, removed: workers.length, workers };
  }
}
