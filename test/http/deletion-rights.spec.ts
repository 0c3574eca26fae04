// A deletion that somebody else's rights, or a crash, stop on the way: said, and ended by whoever asks or looks next.
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskId } from '../../src/core/ids';
import { Retention } from '../../src/results/retention';
import { dropRights, giveAway, isRoot, regainRights } from '../helpers/rights';
import { waitFor } from '../helpers/wait';
import { type HttpApp, startHttpApp } from './app';
import { beginDeletion } from './begun';
import { json } from './raw';

jest.setTimeout(60_000);

let app: HttpApp;

beforeAll(async () => {
  app = await startHttpApp();
});
afterEach(() => {
  regainRights();
});
afterAll(() => app.stop());

const remove = (id: TaskId): Promise<Response> =>
  fetch(`${app.url}/api/v1/results/${id}`, { method: 'DELETE' });

/** Whatever is on the volume of this task, by its first names; of what nobody has emptied yet, too. */
async function left(id: TaskId): Promise<string[]> {
  const bin = await readdir(join(app.resultsDir, '.spool/deleted'));
  const own = await readdir(join(app.resultsDir, id)).catch(() => []);
  return [...bin, ...own].filter((name) => !name.startsWith('.deleted~'));
}

/** An ended task with files that a worker left. */
async function ended(): Promise<{ id: TaskId; directory: string }> {
  const id = await app.submit();
  const directory = join(app.resultsDir, id);
  await mkdir(join(directory, 'checkpoint-1'), { recursive: true });
  await writeFile(join(directory, 'checkpoint-1/a.bin'), 'x');
  await app.cancel(id);
  return { id, directory };
}

/** From here on this process may not write to the directory, until the function that is returned is called. */
function loseRights(directory: string): () => void {
  if (!isRoot) {
    chmodSync(directory, 0o555);
    return () => {
      chmodSync(directory, 0o755);
    };
  }
  giveAway(app.resultsDir);
  execFileSync('chown', ['-R', '0', directory]);
  dropRights();
  return () => {
    regainRights();
    giveAway(directory);
    dropRights();
  };
}

describe('a directory that belongs to somebody else', () => {
  test.each(['who asks again', 'the retention'])('is named each time, and goes by %s', async (who) => {
    const { id, directory } = await ended();
    const giveRights = loseRights(directory);
    for (let round = 0; round < 2; round += 1) {
      const answer = await remove(id);
      const { detail, errors } = await json(answer);
      expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '60']);
      expect(errors).toEqual([{ path: id, code: 'not_removed', message: expect.stringContaining('EACCES') }]);
      expect(detail).toContain(`${id} in the results directory could not be removed`);
      expect(await left(id)).toEqual(['checkpoint-1']);
      expect((await fetch(`${app.url}/api/v1/results/${id}`)).status).toBe(410);
    }
    giveRights();
    if (who === 'the retention') await app.nest.get(Retention).run('', () => true);
    else expect((await remove(id)).status).toBe(204);
    await waitFor('the room', async () => (await left(id)).length === 0);
    expect((await remove(id)).status).toBe(204);
  });
});

test('a deletion that a crash cut off is ended by who asks again', async () => {
  const { id } = await ended();
  await beginDeletion(app, id);
  expect(await left(id)).toEqual(['checkpoint-1']);
  expect((await remove(id)).status).toBe(204);
  await waitFor('the room', async () => (await left(id)).length === 0);
});
