/** `/healthz`: the process is alive. `/readyz`: it can do its work. Both are open. */
import { Controller, Get, Header, Req, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheckService, type HealthIndicatorResult } from '@nestjs/terminus';
import type { Request, Response } from 'express';
import { Open } from '../auth/open.decorator';
import { ProblemError, type Issue } from '../core/errors';
import { ApiProblems } from '../http/api-problems';
import { type Problem, PROBLEM_TYPE, RETRY_SOON, toProblem } from '../http/problem';
import { requestIdOf } from '../http/request-id';
import { AliveDto, READY, ReadyDto } from './health.dto';
import { Readiness } from './readiness';

@ApiTags('operations')
@Open()
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly readiness: Readiness,
  ) {}

  @Get('healthz')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'getHealth',
    summary: 'Is the process alive?',
    description: 'Says nothing about Redis.',
    security: [],
  })
  @ApiOkResponse({ description: 'It is.', type: AliveDto, example: { ok: true } satisfies AliveDto })
  alive(): AliveDto {
    // Nothing is asked: that an answer comes at all is the answer.
    return { ok: true };
  }

  @Get('readyz')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Can it do its work?',
    description:
      'Redis answers, the results volume takes files, the event channels are heard, this replica schedules or knows which one does, and it is not shutting down.',
    security: [],
  })
  @ApiOkResponse({ description: 'It can.', type: ReadyDto, example: READY })
  @ApiProblems(503)
  async ready(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ReadyDto | Problem> {
    try {
      const parts = await this.readiness.check();
      const { status, details } = await this.health.check(parts.map((part) => () => part));
      return { status, details };
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      // Answered here and not thrown: what every probe hears while Redis is away is no error in the log each time.
      const { body, headers } = toProblem(notReady(error), requestIdOf(request));
      response.status(body.status).set(headers).type(PROBLEM_TYPE);
      return body;
    }
  }
}

/** Terminus says what is down in a body of its own; here it becomes problem+json like every other error. */
function notReady(error: ServiceUnavailableException): ProblemError {
  const { error: down } = error.getResponse() as { error: HealthIndicatorResult };
  const issues = Object.entries(down).map(([path, { message }]): Issue => ({
    path,
    code: 'down',
    message: typeof message === 'string' ? message : 'down',
  }));
  const detail = `Not ready: ${issues.map(({ path, message }) => `${path} ${message}`).join(', ')}.`;
  return new ProblemError('unavailable', detail, issues, RETRY_SOON);
}
