/** A task id out of a path: 400 unless it is well-formed; whether there is such a task is another question. */
import { Injectable, type PipeTransform } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ProblemError } from '../core/errors';
import { ID_PATTERN, isTaskId, type TaskId } from '../core/ids';

@Injectable()
export class TaskIdPipe implements PipeTransform<string, TaskId> {
  transform(value: string): TaskId {
    if (isTaskId(value)) return value;
    throw new ProblemError('bad-request', 'A task id is 1 to 128 letters, digits, dashes and underscores.', [
      { path: 'task_id', code: 'malformed', message: 'expected [A-Za-z0-9_-]{1,128}' },
    ]);
  }
}

/** OpenAPI: the `:id` of a path is a task's. */
export function ApiTaskId(): MethodDecorator & ClassDecorator {
  return ApiParam({
    name: 'id',
    description: 'The id of a task.',
    schema: {
      type: 'string',
      pattern: ID_PATTERN.source,
      example: 'b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11',
    },
  });
}
