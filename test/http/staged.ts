/** Results as a process leaves them that dies after it was staged, and before it has asked the task. */
import { Spool } from '../../src/artifacts/spool';
import type { AttemptId, TaskId } from '../../src/core/ids';
import { spoolEnvelope } from '../../src/results/receive-result';
import { ResultFiles } from '../../src/results/result-files';
import type { StagedResult } from '../../src/results/staged-results';
import type { HttpApp } from './app';

export async function stage(
  app: HttpApp,
  id: TaskId,
  attemptId: AttemptId | null,
  result: number,
): Promise<StagedResult> {
  const envelope = { task_id: id, worker_id: null, metadata: null, received_at: null, result };
  const { resultId, sha256, sizeBytes, file } = await spoolEnvelope(envelope, app.nest.get(Spool));
  const staged = { resultId, sha256, sizeBytes, attemptId };
  const files = app.nest.get(ResultFiles);
  await files.stage(id, file, staged, await files.survey(id));
  return staged;
}
