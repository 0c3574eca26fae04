import { EventEmitter2 } from '@nestjs/event-emitter';
import { trustedTaskId } from '../core/ids';
import type { ReadyTask } from '../core/model';
import type { Leadership } from '../redis/leadership';
import type { RedisClock } from '../redis/redis-clock';
import { ExpectedTasks, TASKS_EXPECTED, TASKS_WITHDRAWN } from './expected-tasks';
import type { PreparedTask } from './prepare-run';

let isLeading: boolean;
let expected: ExpectedTasks;
let told: unknown[];
beforeEach(() => {
  isLeading = true;
  const leadership = { isLeading: () => isLeading } as Leadership;
  told = [];
  const events = new EventEmitter2();
  events.on(TASKS_EXPECTED, (tasks: ReadyTask[]) => told.push(...tasks.map(({ id }) => `+${id}`)));
  events.on(TASKS_WITHDRAWN, (ids: string[]) => told.push(...ids.map((id) => `-${id}`)));
  expected = new ExpectedTasks(leadership, { guessUs: () => 0 } as RedisClock, events);
});

const aTask = (id: string, ...waitsFor: string[]): PreparedTask =>
  ({
    id: trustedTaskId(id),
    waitsFor: waitsFor.map(trustedTaskId),
    placement: {},
  }) as unknown as PreparedTask;

const GRAPH = [aTask('a'), aTask('b', 'a'), aTask('c', 'a'), aTask('d', 'b', 'c')];

const following = (id: string): string[] => expected.following(trustedTaskId(id)).map((task) => task.id);

test('of a document, what waits for nothing can go out at once', () => {
  expect(expected.among(GRAPH).map(({ id }) => id)).toEqual(['a']);
});

test('what waits for one task alone can go out with its end, and is told once', () => {
  expected.among(GRAPH);
  expect(following('a')).toEqual(['b', 'c']);
  expect(following('a')).toEqual([]);
});

test('what waits for several is not told', () => {
  expected.among(GRAPH);
  expect([following('b'), following('c')]).toEqual([[], []]);
});

test('who does not schedule expects nothing', () => {
  expected.among(GRAPH);
  isLeading = false;
  expect(expected.among(GRAPH)).toEqual([]);
  expect(following('a')).toEqual([]);
});

test.each<[string, () => Promise<string>, unknown[]]>([
  ['stays when its script has written it', () => Promise.resolve('written'), ['+a']],
  ['is taken back when that answers otherwise', () => Promise.resolve('full'), ['+a', 'taken back', '-a']],
  [
    'is taken back when that does not end',
    () => Promise.reject(new Error('gone')),
    ['+a', 'taken back', '-a'],
  ],
])('what is on its way is told at once, and %s', async (_, script, want) => {
  const isThere = (answer: string): boolean => answer === 'written';
  const otherwise = (): void => void told.push('taken back');
  const during = expected.during(expected.among([aTask('a')]), script(), isThere, otherwise);
  expect([told, expected.has(trustedTaskId('a'))]).toEqual([['+a'], true]);
  await during.catch(() => undefined);
  expect([told, expected.has(trustedTaskId('a'))]).toEqual([want, want.length > 1]);
});
