import { trustedAttemptId, trustedTaskId, trustedWorkerId } from '../ids';
import type { TaskDocument } from '../model';
import { dispatchMessage } from './dispatch-message';

const NOW = '2026-01-31T23:59:59.123456Z';
const document: TaskDocument = {
  apiVersion: 'v1',
  kind: 'Task',
  metadata: { name: 'ü "quoted" \ud800' },
  spec: { taskType: 'echo', text: '日本\n' },
};
const parts = {
  taskId: trustedTaskId('t-1'),
  document,
  taskType: 'echo',
  assignedWorker: trustedWorkerId('w-1'),
  attempt: 2,
  attemptId: trustedAttemptId('a-1'),
  parentTaskId: null,
  shard: null,
  trace: null,
};

describe('the dispatch message', () => {
  it('is JSON with every field of the protocol once the time is put in', () => {
    const { head, tail } = dispatchMessage(parts);
    expect(JSON.parse(head + NOW + tail)).toEqual({
      task_id: 't-1',
      task: document,
      task_type: 'echo',
      assigned_worker: 'w-1',
      dispatched_at: NOW,
      parent_task_id: null,
      attempt: 2,
      attempt_id: 'a-1',
    });
  });

  it('of a shard says which one it is', () => {
    const { head, tail } = dispatchMessage({
      ...parts,
      parentTaskId: trustedTaskId('p'),
      shard: { index: 0, total: 3 },
    });
    expect(JSON.parse(head + NOW + tail)).toMatchObject({
      parent_task_id: 'p',
      shard_index: 0,
      shard_total: 3,
    });
  });

  it('of a run with a trace says where the worker goes on with it', () => {
    const trace = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'x=1' };
    const { head, tail } = dispatchMessage({ ...parts, trace });
    expect(JSON.parse(head + NOW + tail)).toMatchObject(trace);
  });

  it('is never larger than it says', () => {
    const { head, tail, sizeBytes } = dispatchMessage(parts);
    const real = Buffer.byteLength(head + NOW + tail);
    expect(sizeBytes).toBeGreaterThanOrEqual(real);
    expect(sizeBytes - real).toBeLessThan(16);
  });
});
