/** What is left of posts and uploads that nobody will hear of again. */
import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttemptId, TaskId } from '../../src/core/ids';
import { LocalResultFiles } from '../../src/results/local-result-files';
import { Settler } from '../../src/results/settler';
import { startHttpApp, type HttpApp } from './app';
import { uploadFile } from './requests';
import { stage } from './staged';

const TWO_HOURS_MS = 7_200_000;

let app: HttpApp;
beforeAll(async () => {
  app = await startHttpApp();
});
afterAll(() => app.stop());

async function leave(id: TaskId, attemptId: AttemptId, ageMs: number): Promise<void> {
  const staged = await stage(app, id, attemptId, 1);
  const then = new Date(Date.now() - ageMs);
  await utimes(app.nest.get(LocalResultFiles).stagedPath(id, staged), then, then);
}
const countOf = async (id: TaskId): Promise<number> =>
  (await app.nest.get(LocalResultFiles).staged(id)).length;

test('the first sweep of a process looks for it', async () => {
  const id = await app.submit();
  await leave(id, await app.dispatch(id), TWO_HOURS_MS);
  await app.fail(id);
  await app.nest.get(Settler).settleAll();
  expect(await countOf(id)).toBe(0);
});

test.each([
  ['of a task that failed goes after an hour', 2, true, 0],
  ['of a task that failed a moment ago stays', 0, true, 1],
  ['of a task that it may still complete stays', 2, false, 1],
])('what is staged %s', async (_what, hours, hasEnded, left) => {
  const id = await app.submit();
  await leave(id, await app.dispatch(id), (hours * TWO_HOURS_MS) / 2);
  if (hasEnded) await app.fail(id);
  await app.nest.get(Settler).clearLeftBehind();
  expect(await countOf(id)).toBe(left);
});

test.each(['fail', 'cancel'] as const)(
  'where nobody has won, files of the last attempt alone stay: %s',
  async (end) => {
    const id = await app.submit();
    const first = await app.dispatch(id);
    expect((await uploadFile(app, id, 'checkpoint.bin', 'of the first', first)).status).toBe(201);
    await app.lose(id, first);
    await app.dispatch(id);
    await app[end](id);
    await app.nest.get(Settler).settleAll();
    const attempts = (): Promise<string[]> =>
      readdir(join(app.resultsDir, id, '.orchestrator/attempts')).catch(() => []);
    expect(await attempts()).toEqual([]);

    const other = await app.submit();
    const only = await app.dispatch(other);
    expect((await uploadFile(app, other, 'log.txt', 'why', only)).status).toBe(201);
    await app[end](other);
    await app.nest.get(Settler).settleAll();
    const answer = await fetch(`${app.url}/api/v1/results/${other}/files/log.txt`);
    expect(await answer.text()).toBe('why');
  },
);
