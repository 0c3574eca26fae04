/** The members of a posted result beside `result` itself, and the rules for them. */
import { plainToInstance } from 'class-transformer';
import { IsObject, IsOptional, IsString, Matches, validateSync } from 'class-validator';
import type { Issue } from '../core/errors';
import { ID_PATTERN, WORKER_ID_PATTERN, type TaskId, type WorkerId } from '../core/ids';

const malformed = { code: 'malformed' };
const wrongType = { code: 'wrong_type' };

export class ResultHead {
  @Matches(ID_PATTERN, { message: 'expected a string of [A-Za-z0-9_-]{1,128}', context: malformed })
  task_id!: TaskId;

  @IsOptional()
  @Matches(WORKER_ID_PATTERN, { message: 'expected the id of a worker', context: malformed })
  worker_id?: WorkerId | null;

  @IsOptional()
  @IsObject({ message: 'expected an object', context: wrongType })
  metadata?: Record<string, unknown> | null;

  @IsOptional()
  @IsString({ message: 'expected a time as text', context: wrongType })
  received_at?: string | null;
}

/** Every mistake in the members, in the order of the body's documentation. */
export function checkHead(members: Readonly<Record<string, unknown>>): { head: ResultHead; issues: Issue[] } {
  const head = plainToInstance(ResultHead, { task_id: null, ...members });
  const issues = validateSync(head).map(({ property, constraints = {}, contexts = {}, value }): Issue => {
    const [name, message] = Object.entries(constraints)[0] ?? ['invalid', 'not as expected'];
    const context = contexts[name] as { code?: string } | undefined;
    const isMissing = value === null || value === undefined;
    return { path: property, code: isMissing ? 'missing' : (context?.code ?? name), message };
  });
  return { head, issues };
}
