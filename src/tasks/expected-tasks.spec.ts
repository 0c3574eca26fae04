import { EventEmitter2 } from '@nestjs/event-emitter';
import { trustedTaskId } from '../core/ids';
import type { Leadership } from '../redis/leadership';
import type { RedisClock } from '../redis/redis-clock';
import { ExpectedTasks } from './expected-tasks';
import type { PreparedTask } from './prepare-run';

let isLeading: boolean;
let expected: ExpectedTasks;
beforeEach(() => {
  isLeading = true;
  const leadership = { isLeading: () => isLeading } as Leadership;
  expected = new ExpectedTasks(leadership, { guessUs: () => 0 } as RedisClock, new EventEmitter2());
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
