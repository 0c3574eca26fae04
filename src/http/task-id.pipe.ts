/** A task id out of a path: 400 unless it is well-formed; whether there is such a task is another question. */
import { Injectable, type PipeTransform } from '@nestjs/common';
import { ProblemError } from '../core/errors';
import { isTaskId, type TaskId } from '../core/ids';

@Injectable()
export class TaskIdPipe implements PipeTransform<string, TaskId> {
  transform(value: string): TaskId {
    if (isTaskId(value)) return value;
    throw new ProblemError('bad-request', 'A task id is 1 to 128 letters, digits, dashes and underscores.', [
      { path: 'task_id', code: 'malformed', message: 'expected [A-Za-z0-9_-]{1,128}' },
    ]);
  }
}
