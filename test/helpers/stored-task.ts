/** A task as the store gives it, for what decides on tasks: running its second attempt, unless said otherwise. */
import { trustedAttemptId, trustedRunId, trustedTaskId, trustedWorkerId } from '../../src/core/ids';
import type { Task } from '../../src/core/model';

export function aStoredTask(change: Partial<Task> = {}): Task {
  return {
    id: trustedTaskId('t-1'),
    name: 'demo',
    runId: trustedRunId('r-1'),
    nodeName: null,
    taskType: 'echo',
    status: 'RUNNING',
    resources: { cpuCores: 1, memoryBytes: 1, gpu: null },
    replicas: 1,
    priority: 0,
    retry: { maxRetries: 3, baseDelaySec: 5, maxDelaySec: 300 },
    dependsOn: [],
    uses: [],
    parallel: false,
    submittedAtUs: 1,
    dispatchedAtUs: 1_700_000_000_123_456,
    startedAtUs: null,
    finishedAtUs: null,
    nextRetryAtUs: null,
    attempt: 2,
    attemptId: trustedAttemptId('attempt-2'),
    attemptWorker: trustedWorkerId('w-1'),
    lastFailedWorker: null,
    retries: 0,
    losses: 0,
    error: null,
    reason: null,
    note: null,
    staleFiles: [],
    resultSha256: null,
    resultId: null,
    timeoutSec: null,
    parentId: null,
    shardIndex: null,
    shardTotal: null,
    ...change,
  };
}
