/** Tasks that have ended at one of two replicas, and what is left of them. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type AttemptId, type TaskId } from '../../src/core/ids';
import type { Task } from '../../src/core/model';
import { KEY } from '../../src/redis/keys';
import { Retention, type RetentionReport } from '../../src/results/retention';
import { type Preview, RetentionPreview } from '../../src/results/retention-preview';
import { waitFor } from '../helpers/wait';
import { type HttpApp, startHttpApp, startReplica } from './app';
import { json } from './raw';
import { postResult, uploadFile } from './requests';

export const DAY_US = 86_400_000_000;

export let app: HttpApp;
export let other: HttpApp;

export async function started(env: Record<string, string>): Promise<void> {
  app = await startHttpApp(env);
  other = await startReplica(app, env);
}
export async function stopped(): Promise<void> {
  await other.stop();
  await app.stop();
}
export const clean = async (): Promise<void> => {
  await app.caughtUp();
  for (const name of await readdir(app.resultsDir)) {
    if (name !== '.spool') await rm(join(app.resultsDir, name), { recursive: true, force: true });
  }
  const keys = (await app.redis.client.keys('orch:*')).filter((key) => !key.startsWith(KEY.leader));
  if (keys.length > 0) await app.redis.client.del(keys);
};

export const url = (id: TaskId, below = '', of = app): string => `${of.url}/api/v1/results/${id}${below}`;
export const remove = (id: TaskId, of = app): Promise<Response> =>
  fetch(url(id, '', of), { method: 'DELETE' });
export const record = async (id: TaskId): Promise<Record<string, unknown>> =>
  (await json(await fetch(`${app.url}/api/v1/tasks/${id}`))) as Record<string, unknown>;
export const problem = async (answer: Promise<Response>): Promise<[number, string]> => {
  const response = await answer;
  return [response.status, String((await json(response)).detail)];
};
export const taskOf = async (id: TaskId): Promise<Task> => {
  const task = await app.tasks.read(id);
  if (task === null) throw new Error(`no task ${id}`);
  return task;
};
/** Whatever is left on disk of a task, wherever it is; deleted directories that nobody has emptied yet among it. */
export async function left(id: TaskId): Promise<string[]> {
  await app.caughtUp();
  await waitFor('an empty bin', async () => (await trash()).length === 0);
  const all = await readdir(app.resultsDir, { recursive: true });
  return all.filter((path) => path.includes(id) && !path.endsWith(id)).sort();
}
export const trash = (): Promise<string[]> => readdir(join(app.resultsDir, '.spool/deleted')).catch(() => []);

export async function dispatched(spec = ''): Promise<{ id: TaskId; attempt: AttemptId }> {
  const id = await app.submit(spec);
  return { id, attempt: await app.dispatch(id) };
}
export async function done(
  spec = '',
  result: unknown = { n: 1 },
): Promise<{ id: TaskId; attempt: AttemptId }> {
  const { id, attempt } = await dispatched(spec);
  await uploadFile(app, id, 'model.bin', 'bytes', attempt);
  expect((await postResult(app, { task_id: id, result }, attempt)).status).toBe(201);
  await app.caughtUp();
  return { id, attempt };
}
/** As if it had ended so many days ago. */
export async function age(id: TaskId, days: number): Promise<void> {
  const { client } = app.redis;
  const at = Number(await client.hget(KEY.task + id, 'finished_at')) - days * DAY_US;
  await client.hset(KEY.task + id, 'finished_at', String(at));
  for (const index of [KEY.ended, KEY.deleted]) await client.zadd(index, 'XX', at, id);
  const ttl = await client.hget(KEY.task + id, 'ttl_sec');
  if (ttl !== null) await client.zadd(KEY.expiring, 'XX', at + Number(ttl) * 1_000_000, id);
}
export const run = (of = app): Promise<RetentionReport> => of.nest.get(Retention).run('', () => true);
export const preview = (of = app): Promise<Preview> => of.nest.get(RetentionPreview).look();
export const isDeleted = async (id: TaskId): Promise<boolean> => (await taskOf(id)).deletedAtUs !== null;
