/** The members of a posted result beside `result` itself, and the rules for them. */
import type { Issue } from '../core/errors';
import { isTaskId, isWorkerId, type TaskId, type WorkerId } from '../core/ids';
import { isObject } from '../core/json';

export interface ResultHead {
  task_id: TaskId;
  worker_id: WorkerId | null;
  metadata: Record<string, unknown> | null;
  received_at: string | null;
}

interface Rule {
  holds: (value: unknown) => boolean;
  code: string;
  message: string;
  required?: true;
}

/** In the order of the body's documentation. */
const RULES: Readonly<Record<keyof ResultHead, Rule>> = {
  task_id: {
    holds: (value) => typeof value === 'string' && isTaskId(value),
    code: 'malformed',
    message: 'expected a string of [A-Za-z0-9_-]{1,128}',
    required: true,
  },
  worker_id: {
    holds: (value) => typeof value === 'string' && isWorkerId(value),
    code: 'malformed',
    message: 'expected the id of a worker',
  },
  metadata: { holds: isObject, code: 'wrong_type', message: 'expected an object' },
  received_at: {
    holds: (value) => typeof value === 'string',
    code: 'wrong_type',
    message: 'expected a time as text',
  },
};

/** What they say where they are as they should be, and every mistake in them. */
export function checkHead(members: ReadonlyMap<string, unknown>): { head: ResultHead; issues: Issue[] } {
  const head: Record<string, unknown> = {};
  const issues: Issue[] = [];
  for (const [path, { holds, code, message, required }] of Object.entries(RULES)) {
    const value = members.get(path) ?? null;
    head[path] = value;
    if (value === null && required) issues.push({ path, code: 'missing', message });
    else if (value !== null && !holds(value)) issues.push({ path, code, message });
  }
  return { head: head as unknown as ResultHead, issues };
}
