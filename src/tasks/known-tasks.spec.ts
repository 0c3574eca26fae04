/** What a process may conclude from what it wrote itself. */
import { trustedAttemptId, trustedRunId, trustedTaskId, trustedWorkerId } from '../core/ids';
import { KnownTasks } from './known-tasks';
import { prepareRun } from './prepare-run';
import { submittedHash } from './task-hash';

const DOCUMENT = `apiVersion: v1
kind: Task
metadata: {name: a}
spec: {taskType: echo, resources: {replicas: 1, hardware: {cpu: 1, memory: 1GiB}}}
`;

function submitOne(known: KnownTasks): ReturnType<typeof trustedTaskId> {
  const defaults = { maxRetries: 3, baseDelaySec: 1, maxDelaySec: 60 };
  const settings = {
    maxTasks: 10,
    defaults,
    taskTimeoutsSec: new Map<string, number>(),
    priorityAgingSec: 60,
  };
  const prepared = prepareRun({ text: DOCUMENT, clientTrace: null, settings, externals: null });
  const task = prepared.kind === 'ready' ? prepared.tasks[0] : undefined;
  if (task === undefined) throw new Error('the document has a mistake');
  const { id, fields, document, documentChars } = task;
  known.submitted(id, submittedHash(fields, trustedRunId('run')), document, documentChars);
  return id;
}

describe('a task that was submitted here', () => {
  it('is unsent until it is sent', () => {
    const known = new KnownTasks();
    const id = submitOne(known);
    expect(known.isUnsent(id)).toBe(true);
    const task = known.get(id);
    if (task === null) throw new Error('it is not known');
    known.sent(task, {
      attemptId: trustedAttemptId('attempt'),
      worker: trustedWorkerId('worker'),
      atUs: 1,
      staleFiles: [],
    });
    expect(known.isUnsent(id)).toBe(false);
    expect(known.get(id)).toMatchObject({ status: 'DISPATCHED', attempt: 1 });
  });

  it('may have been sent by whoever scheduled before this term', () => {
    const known = new KnownTasks();
    const id = submitOne(known);
    known.termBegins();
    expect(known.isUnsent(id)).toBe(false);
    expect(known.get(id)).toBeNull();
  });

  it('is not known to be unsent after somebody else changed it', () => {
    const known = new KnownTasks();
    const id = submitOne(known);
    known.forget(id);
    expect(known.isUnsent(id)).toBe(false);
  });
});

it('does not know whether a task of others was sent', () => {
  expect(new KnownTasks().isUnsent(trustedTaskId('stranger'))).toBe(false);
});
