import type { TaskDocument } from '../model';
import { timeoutSecOf } from './deadline';

const document = (taskType: string, timeoutSec?: unknown): TaskDocument =>
  ({
    apiVersion: 'v1',
    kind: 'Task',
    metadata: { name: 'demo' },
    spec: { taskType, ...(timeoutSec === undefined ? {} : { timeoutSec }) },
  }) as TaskDocument;

describe('how long an attempt may take', () => {
  const byType = new Map([
    ['sft', 3600],
    ['*', 60],
  ]);

  it.each([
    ['the document says so', document('sft', 5), byType, 5],
    ['the document says that there is no bound', document('sft', 0), byType, null],
    ["what the document says is the executor's own", document('sft', 'never'), byType, 3600],
    ['its type has a bound', document('sft'), byType, 3600],
    ['every other type has one', document('echo'), byType, 60],
    ['nobody says anything', document('echo'), new Map<string, number>(), null],
    ['the document means never', document('echo', 1e300), byType, 10 * 365 * 86_400],
  ])('%s', (_, given, types, seconds) => {
    expect(timeoutSecOf(given, types)).toBe(seconds);
  });
});
