/** Retention as operators meet it: by itself, on request, and when the service dies over it. */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { KEY } from '../../src/redis/keys';
import { Client } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { workersNamed } from '../helpers/fleet';
import { useFlow } from '../helpers/flow';
import { launchService, type Service, startService } from '../helpers/service';
import { waitFor } from '../helpers/wait';

const ARM = resolve(__dirname, '../faults/lib/arm-crash-point.cjs');
const OFTEN = { RETENTION_INTERVAL_SEC: '0.3' };

const flow = useFlow({ env: OFTEN });

const get = (below: string, of = flow.service): Promise<Response> => fetch(`${of.url}${below}`);
const post = async (below: string, of = flow.service): Promise<Record<string, unknown>> =>
  (await (await fetch(`${of.url}${below}`, { method: 'POST' })).json()) as Record<string, unknown>;
const statusOf = async (id: string, of = flow.service): Promise<number> =>
  (await get(`/api/v1/results/${id}`, of)).status;

async function done(spec: Record<string, unknown> = {}): Promise<string> {
  const document = aTask()
    .with(spec)
    .simulate({ upload: { name: 'model.bin', sizeBytes: 5_000 } });
  const destination = { type: 'http', url: flow.api.resultsUrl };
  const output = { destination, ...(spec.output as object | undefined) };
  const id = await flow.api.submitOne(document.with({ output }));
  await flow.api.until(id, 'DONE');
  return id;
}
/** What is left in the task's own directory but the word of its deletion; it may be taken away while it is read. */
const files = async (id: string): Promise<string[]> => {
  const all = await readdir(join(flow.resultsDir, id), { recursive: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  return all.filter((path) => !path.includes('.deleted~'));
};

test('what a document wants to be kept for no time goes by itself, and the metrics count it', async () => {
  await flow.workers(workersNamed('w', 1));
  const kept = await done();
  const id = await done({ output: { ttlDays: 0 } });
  await waitFor('the deletion', async () => (await statusOf(id)) === 410);
  await waitFor('an empty disk', async () => (await files(id)).length === 0);
  expect(await statusOf(kept)).toBe(200);
  const counted = async (): Promise<boolean> =>
    /^orchestrator_result_bytes_deleted_total\{cause="ttl"\} [5-9]\d{3}$/m.test(
      await (await get('/metrics')).text(),
    );
  await waitFor('the bytes in the metrics', counted);
  expect(await (await get('/metrics')).text()).toMatch(
    /^orchestrator_results_deleted_total\{cause="ttl"\} 1$/m,
  );
});

test('a pipeline has its results as long as its stages need them, however short they are kept', async () => {
  await flow.workers(workersNamed('w', 2));
  const stage = (name: string, extra: Record<string, unknown> = {}): object => ({
    name,
    spec: { simulate: { sleepMs: 700, echo: 'x' }, ...extra },
  });
  const document = aTask()
    .stages(
      stage('first'),
      stage('second', { simulate: { sleepMs: 700, echo: '${first.result.echo}' } }),
      stage('third', { simulate: { sleepMs: 700, echo: '${first.result.echo}' } }),
    )
    .with({ output: { ttlDays: 0, destination: { type: 'http', url: flow.api.resultsUrl } } });
  const { tasks } = await flow.api.submit(document);
  const ends = await Promise.all(tasks.map(({ task_id: id }) => flow.api.until(id, 'DONE')));
  expect(ends.map(({ status }) => status)).toEqual(['DONE', 'DONE', 'DONE']);
  for (const { task_id: id } of tasks)
    await waitFor('the deletion', async () => (await statusOf(id)) === 410);
});

test('/admin/gc says what it would delete, and deletes it', async () => {
  await flow.workers(workersNamed('w', 1));
  const id = await done();
  const other = await startService({
    redisUrl: flow.redis.url,
    resultsDir: flow.resultsDir,
    env: { RESULTS_TTL_DAYS: '1', RETENTION_INTERVAL_SEC: '3600' },
  });
  try {
    expect(await post('/admin/gc?dryRun=true', other)).toMatchObject({ count: 0, complete: true });
    await flow.redis.client.hincrby(KEY.task + id, 'finished_at', -2 * 86_400_000_000);
    // It ended where nothing bounded what is kept: the first run finds it.
    expect(await post('/admin/gc', other)).toMatchObject({ ok: true, dry_run: false, deleted_by_ttl: 1 });
    expect(await statusOf(id)).toBe(410);
    expect(await post('/admin/gc?dryRun=maybe', other)).toMatchObject({ status: 400 });
    expect(await post('/admin/gc?dryRun=true', other)).toMatchObject({
      ok: true,
      dry_run: true,
      count: 0,
      bytes: 0,
      due: [],
      kept_count: 0,
      unknown_count: 0,
      complete: true,
    });
  } finally {
    await other.stop();
  }
});

describe.each(['delete.begun', 'delete.hidden', 'delete.buried'])('killed at %s', (point) => {
  let dying: Service;

  test('the deletion is ended by another replica, and nothing was seen half', async () => {
    await flow.workers(workersNamed('w', 1));
    const id = await done();
    dying = await launchService({
      redisUrl: flow.redis.url,
      resultsDir: flow.resultsDir,
      env: { CRASH_AT: point },
      preload: [ARM],
    });
    await dying.untilReady();
    await expect(fetch(`${dying.url}/api/v1/results/${id}`, { method: 'DELETE' })).rejects.toThrow();
    await dying.untilGone();
    const seen = await Promise.all(
      ['', '/files', '/files/model.bin'].map((below) => get(`/api/v1/results/${id}${below}`)),
    );
    expect(seen.map(({ status }) => status)).toEqual([410, 410, 410]);
    await waitFor('an empty disk', async () => (await files(id)).length === 0);
    const bin = (): Promise<string[]> => readdir(join(flow.resultsDir, '.spool/deleted'));
    await waitFor('an empty bin', async () => (await bin()).length === 0);
    await waitFor(
      'the next look, in an hour',
      async () => Number(await flow.redis.client.zscore(KEY.deleting, id)) > Date.now() * 1000 + 3e9,
    );
    const again = await fetch(`${flow.service.url}/api/v1/results/${id}`, { method: 'DELETE' });
    expect(again.status).toBe(204);
    expect(await new Client(flow.service.url).task(id)).toMatchObject({ result_deleted_because: 'request' });
  });
});
