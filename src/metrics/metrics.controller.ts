/** GET /metrics, in the text format of Prometheus. */
import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { ApiSecured } from '../http/api-problems';
import { Metrics } from './metrics';

@ApiTags('operations')
@ApiSecured()
@Controller()
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get('metrics')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'getMetrics', summary: 'Counters and measurements for Prometheus' })
  @ApiOkResponse({
    description: 'All metrics of this process.',
    content: {
      'text/plain': {
        schema: { type: 'string' },
        example:
          '# HELP orchestrator_tasks_submitted_total Tasks registered\n# TYPE orchestrator_tasks_submitted_total counter\norchestrator_tasks_submitted_total 4\n',
      },
    },
  })
  async read(@Res() response: Response): Promise<void> {
    const text = await this.metrics.text();
    response.setHeader('Content-Type', this.metrics.registry.contentType);
    response.end(text);
  }
}
