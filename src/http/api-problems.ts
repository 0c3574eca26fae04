/** OpenAPI: the errors a route answers with, all of one shape, and the bearer scheme. */
import { applyDecorators } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiExtraModels,
  ApiResponse,
  type ApiResponseOptions,
  getSchemaPath,
} from '@nestjs/swagger';
import { STATUS_CODES } from 'node:http';
import { HEADERS_OF_ERRORS } from './api-headers';
import { ProblemDto } from './problem.dto';
import { problemExamples } from './problem-examples';

/** What every route can answer, whatever is asked: headers that are late or too large, and a fault of the service. */
export const EVERYWHERE: readonly number[] = [408, 431, 500];

/** The error answer of one status as OpenAPI has it, with an example for each of its slugs. */
export function problemResponse(status: number): ApiResponseOptions & { status: number } {
  return {
    status,
    description: STATUS_CODES[status] ?? 'Error',
    headers: HEADERS_OF_ERRORS[status] ?? {},
    content: {
      'application/problem+json': {
        schema: { $ref: getSchemaPath(ProblemDto) },
        examples: problemExamples(status),
      },
    },
  };
}

/** Documents `statuses` as problem+json. */
export function ApiProblems(...statuses: readonly number[]): ClassDecorator & MethodDecorator {
  return applyDecorators(
    ApiExtraModels(ProblemDto),
    ...statuses.map((status) => ApiResponse(problemResponse(status))),
  );
}

/** A route that needs the bearer token: documents the scheme and its 401. */
export function ApiSecured(): ClassDecorator & MethodDecorator {
  return applyDecorators(ApiBearerAuth('bearer'), ApiProblems(401));
}
