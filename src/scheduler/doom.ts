/** Why a task can never be sent, or put together: what ends it. */
import { ProblemError } from '../core/errors';

export interface Doom {
  error: string;
  reason: string;
}

/** Placeholders that find nothing. */
export function unresolved(issues: readonly { path: string; message: string }[]): Doom {
  const text = issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ');
  return { error: `template_unresolved: ${text}`, reason: 'template_unresolved' };
}

/** A stored result that is too large to be taken apart; any other error is not final and is thrown on. */
export function tooLarge(error: unknown): Doom {
  if (!(error instanceof ProblemError && error.slug === 'too-large')) throw error;
  return { error: `result_too_large: ${error.message}`, reason: 'result_too_large' };
}
