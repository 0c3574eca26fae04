import type { TaskRecord } from './client';
import { UnreachableError } from './problem';
import { nextPauseMs, waitUntilEnded } from './wait';

const task = (task_id: string, status: TaskRecord['status']): TaskRecord =>
  ({ task_id, status, assigned_worker: null, reason: null }) as TaskRecord;

test('waits for the slowest, asks no more for what has ended, and keeps the order', async () => {
  const answers: Record<string, TaskRecord['status'][]> = {
    a: ['RUNNING', 'RUNNING', 'FAILED'],
    b: ['DONE'],
  };
  const asked: string[] = [];
  const changes: string[] = [];
  const read = (id: string): Promise<TaskRecord> => {
    asked.push(id);
    return Promise.resolve(task(id, answers[id]!.shift()!));
  };
  const tasks = await waitUntilEnded(['a', 'b'], read, {
    onChange: ({ task_id, status }) => changes.push(`${task_id} ${status}`),
  });
  expect(tasks.map(({ status }) => status)).toEqual(['FAILED', 'DONE']);
  expect(asked).toEqual(['a', 'b', 'a', 'a']);
  expect(changes).toEqual(['a RUNNING', 'b DONE', 'a FAILED']);
});

test('a service that is away for a moment is waited for, one that stays away is not', async () => {
  const away = (): Promise<TaskRecord> =>
    Promise.reject(new UnreachableError('http://service', new Error('refused')));
  let times = 0;
  const back = (): Promise<TaskRecord> => ((times += 1) < 2 ? away() : Promise.resolve(task('a', 'DONE')));
  expect(await waitUntilEnded(['a'], back, {})).toEqual([task('a', 'DONE')]);
  await expect(waitUntilEnded(['a'], away, { patienceMs: 0 })).rejects.toThrow(UnreachableError);
});

test('the pause grows to 5 s while nothing happens, and is short again after news', () => {
  expect(nextPauseMs(200, false)).toBe(300);
  expect(nextPauseMs(4_900, false)).toBe(5_000);
  expect(nextPauseMs(5_000, true)).toBe(200);
});
