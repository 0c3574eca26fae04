/** Why a task can never be sent, or put together: what ends it. */
import { ProblemError } from '../core/errors';
import { describeFiles } from '../core/template/artifact-path';
import type { MissingFile } from './upstream-files';
import type { Dependency } from '../core/model';

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

/** What a task uses and is not there (yet). */
export interface Missing {
  results: Dependency[];
  files: MissingFile[];
}

/** What a task uses and what did not come in time. */
export function notCome({ results, files }: Missing, waitSec: number): Doom {
  const within = `within ${String(waitSec)} s (RESULT_WAIT_SEC) after it was done`;
  const names = results.map(({ name, taskId }) => `"${name}" (${taskId})`).join(', ');
  const noResult = `result_missing: no result of ${names} came ${within}; it was neither posted nor found in shared storage`;
  const noFiles = files.map(({ name, taskId, file, there, unfinished }) => {
    const instead = unfinished ? 'it is still being written' : describeFiles(file, there);
    return `artifact_missing: no file ${file} of "${name}" (${taskId}) came ${within}; ${instead}`;
  });
  const errors = results.length > 0 ? [noResult, ...noFiles] : noFiles;
  return { error: errors.join('; '), reason: results.length > 0 ? 'result_missing' : 'artifact_missing' };
}
