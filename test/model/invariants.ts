/** What holds in Redis after every script, whatever the model says: each breach as a sentence. */
import { isDeepStrictEqual } from 'node:util';
import { isTerminal, TASK_STATUSES } from '../../src/core/model';
import { TRANSITIONS } from '../../src/core/lifecycle/transitions';
import { CHANNEL, KEY } from '../../src/redis/keys';
import type { Published } from '../scripts/published';
import type { StoreDump } from '../scripts/store-dump';
import { fieldsOf, scoresOf } from './observed';
import { isInFlight, isOpen, isParent, type Facts } from './model';

export interface Moment {
  dump: StoreDump;
  facts: Facts;
}

const LEGAL = new Set(
  Object.values(TRANSITIONS).flatMap(({ from, to }) => from.map((status) => `${status} ${to}`)),
);

export function breachesAt({ dump, facts }: Moment): string[] {
  const breaches: string[] = [];
  const must = (holds: boolean, otherwise: string): void => {
    if (!holds) breaches.push(otherwise);
  };
  for (const [id, task] of Object.entries(facts.tasks)) {
    const listed = TASK_STATUSES.filter((status) => facts.indexes[status]!.includes(id));
    must(isDeepStrictEqual(listed, [task.status]), `${id} is ${task.status} and listed as ${listed.join()}`);
    for (const dependent of task.deleted === null ? [] : task.dependents) {
      const needs = facts.tasks[dependent];
      must(needs === undefined || !isOpen(needs), `${id} is deleted, and ${dependent} needs it`);
    }
    for (const dependency of task.waitsFor) {
      const awaited = facts.tasks[dependency];
      must(awaited !== undefined && isOpen(awaited), `${id} waits for ${dependency}, which has ended`);
      must(awaited?.dependents.includes(id) === true, `${dependency} does not know that ${id} waits for it`);
    }
    must(
      !isParent(task) || task.status === 'RUNNING' || !isOpen(task),
      `${id} has shards, and is ${task.status}`,
    );
    must(task.waitsFor.length === 0 || task.status === 'PENDING', `${id} waits, and is ${task.status}`);
    const lease = facts.workers[task.worker ?? '']?.lease ?? {};
    const holds = lease.task_id === id && lease.attempt_id === task.attemptId;
    must(holds === isInFlight(task), `${id} is ${task.status}, its worker's lease: ${JSON.stringify(lease)}`);
    const hash = fieldsOf(dump[KEY.task + id]);
    const score = (key: string): string | undefined => scoresOf(dump[key])[id];
    const agrees = (key: string, field: string): void => {
      const stored = score(key);
      must(
        stored === undefined || Number(stored) === Number(hash[field]),
        `${key}: ${id} is not its ${field}`,
      );
    };
    agrees(KEY.ready, 'score');
    agrees(KEY.retries, 'next_retry_at');
    agrees(KEY.tasks, 'sequence');
    agrees(KEY.ended, 'finished_at');
    agrees(KEY.deleted, 'finished_at');
    for (const key of [KEY.deadlines, KEY.unacknowledged]) {
      const at = score(key);
      must(at === undefined || Number(at) > Number(hash.dispatched_at), `${key}: ${id} is due at once`);
    }
  }
  for (const [name, { lease }] of Object.entries(facts.workers)) {
    const held = facts.tasks[lease.task_id ?? ''];
    must(
      lease.task_id === undefined || (held?.attemptId === lease.attempt_id && held?.worker === name),
      `${name} holds ${String(lease.task_id)}, which is not its`,
    );
  }
  return breaches;
}

/** Between two moments without a failover: tasks go where the table of transitions says, and every step is announced. */
export function breachesBetween(before: Moment, after: Moment, published: readonly Published[]): string[] {
  const breaches: string[] = [];
  const must = (holds: boolean, otherwise: string): void => {
    if (!holds) breaches.push(otherwise);
  };
  const ended: string[] = [];
  const sent: string[] = [];
  for (const [id, task] of Object.entries(after.facts.tasks)) {
    const earlier = before.facts.tasks[id];
    const from = earlier?.status ?? 'PENDING';
    must(
      from === task.status || LEGAL.has(`${from} ${task.status}`),
      `${id} went from ${from} to ${task.status}`,
    );
    if (isTerminal(task.status) && from !== task.status) ended.push(`${id} ${task.status}`);
    if (task.attemptId !== null && task.attemptId !== earlier?.attemptId) {
      const at = Number(fieldsOf(after.dump[KEY.task + id]).dispatched_at);
      must(
        at > Number(fieldsOf(before.dump[KEY.task + id]).dispatched_at ?? 0),
        `${id} was sent twice at one time`,
      );
      sent.push(id);
    }
  }
  for (const [id, { deleted }] of Object.entries(before.facts.tasks))
    must(id in after.facts.tasks || deleted !== null, `${id} is lost`);

  const told = (type: string, say: (event: Record<string, string>) => string): string[] =>
    published
      .filter(({ channel }) => channel === CHANNEL.taskEvents)
      .map(({ message }) => JSON.parse(message) as Record<string, string>)
      .flatMap((event) => (event.type === type ? [say(event)] : []));
  const same = (a: string[], b: string[], what: string): void => {
    must(
      isDeepStrictEqual(a.toSorted(), b.toSorted()),
      `${what}: [${a.join()}], and what happened: [${b.join()}]`,
    );
  };
  same(
    told('TASK_ENDED', (e) => `${e.task_id!} ${e.status!}`),
    ended,
    'announced as ended',
  );
  same(
    told('TASK_DISPATCHED', (e) => e.task_id!),
    sent,
    'announced as dispatched',
  );
  const messages = published.filter(({ channel }) => channel === 'tasks');
  same(
    messages.map(({ message }) => (JSON.parse(message) as { task_id: string }).task_id),
    sent,
    'sent out',
  );
  breaches.push(...unrung(before.facts, after.facts, published));
  return breaches;
}

/** Whoever schedules keeps its queues by the doorbell. */
function unrung(before: Facts, after: Facts, published: readonly Published[]): string[] {
  const rung = new Map<string, Set<string>>();
  for (const { channel, message } of published) {
    if (channel !== CHANNEL.doorbell) continue;
    for (const [kind, item] of JSON.parse(message) as [kind: string, item: unknown][]) {
      const names = rung.get(kind) ?? new Set();
      rung.set(kind, names.add(nameIn(item)));
    }
  }
  const joined = (index: string): string[] =>
    after.indexes[index]!.filter((id) => !before.indexes[index]!.includes(id));
  const freed = Object.entries(before.workers).flatMap(([name, { lease }]) =>
    lease.task_id !== undefined && after.workers[name]?.lease.task_id === undefined ? [name] : [],
  );
  const wasSent = (id: string): boolean =>
    after.tasks[id]?.status === 'DISPATCHED' && before.tasks[id]?.attemptId !== after.tasks[id].attemptId;
  const wanted: Record<string, string[]> = {
    ready: joined('ready'),
    gone: before.indexes.ready!.filter((id) => !after.indexes.ready!.includes(id) && !wasSent(id)),
    retry: joined('retries'),
    aggregate: joined('aggregating'),
  };
  const missed = Object.entries(wanted).flatMap(([kind, names]) =>
    names.filter((name) => !rung.get(kind)?.has(name)).map((name) => `nobody rang: ${kind} ${name}`),
  );
  const isHeard = (name: string): boolean => after.workers[name]?.lease.ended_heard === '1';
  for (const name of freed) {
    const kind = isHeard(name) ? 'freed' : 'changed';
    if (!rung.get(kind)?.has(name)) missed.push(`nobody rang: ${kind} ${name}`);
  }
  const early = [...(rung.get('ready') ?? [])].filter((id) => !after.indexes.ready!.includes(id));
  return [...missed, ...early.map((id) => `${id} was rung as ready and is not`)];
}

function nameIn(item: unknown): string {
  if (typeof item === 'string') return item;
  if (Array.isArray(item)) return String(item[0]);
  return (item as { id: string }).id;
}

/** Where two values differ, as `path: one, other`. */
export function differences(expected: unknown, actual: unknown, path = ''): string[] {
  if (isDeepStrictEqual(expected, actual)) return [];
  const isBranch = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isBranch(expected) || !isBranch(actual)) {
    return [`${path}: expected ${JSON.stringify(expected)}, is ${JSON.stringify(actual)}`];
  }
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...names].flatMap((name) =>
    differences(expected[name], actual[name], path === '' ? name : `${path}.${name}`),
  );
}
