// A results volume without room: 507, nothing left of what came, and nothing lost when there is room again.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ArtifactStore } from '../../src/artifacts/artifact.store';
import type { AttemptId, TaskId } from '../../src/core/ids';
import { loadConfig } from '../../src/config/load-config';
import { VolumeProbe } from '../../src/health/volume-probe';
import { RedisConnections } from '../../src/redis/redis-connections';
import { ResultIntake } from '../../src/results/result-intake';
import { Retention } from '../../src/results/retention';
import { SmallVolume } from '../helpers/small-volume';
import { LASTING } from '../helpers/redis';
import { waitFor } from '../helpers/wait';
import { type HttpApp, startHttpApp } from './app';
import { beginDeletion } from './begun';
import { json } from './raw';
import { postResult, uploadFile } from './requests';
import { about, begin, create, offsetOf, patch, sha256, terminate } from './tus';

const PAGE = 4096;
let volume: SmallVolume | null;
let app: HttpApp;

jest.setTimeout(60_000);

beforeAll(async () => {
  volume = await SmallVolume.mount(3 * 1024 * 1024, (why) => {
    process.stdout.write(`\na full disk is not tried: no volume of its own can be mounted here (${why})\n`);
  });
  if (volume === null) return;
  app = await startHttpApp({ ORCHESTRATOR_RESULTS_DIR: volume.resultsDir }, {}, LASTING);
});
afterAll(async () => {
  if (volume === null) return;
  await app.stop();
  await volume.unmount();
});

/** A test that is passed over where no volume can be mounted. */
function onVolume(name: string, work: (of: SmallVolume) => Promise<void>): void {
  test(name, async () => {
    if (volume !== null) await work(volume);
  });
}

async function dispatched(): Promise<{ id: TaskId; attempt: AttemptId }> {
  const id = await app.submit();
  return { id, attempt: await app.dispatch(id) };
}
/** Every file on the volume, each in its final place. */
async function filesOn({ resultsDir }: SmallVolume): Promise<string[]> {
  await app.caughtUp();
  const entries = await readdir(resultsDir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
/** Does `work` with so many bytes left on the volume. */
async function withRoom<T>(of: SmallVolume, bytes: number, work: () => Promise<T>): Promise<T> {
  await of.fill(bytes);
  try {
    return await work();
  } finally {
    await of.drain();
  }
}

onVolume('a result or a file that does not fit is 507, and nothing of it is left', async (of) => {
  const { id, attempt } = await dispatched();
  const before = await filesOn(of);
  const large = 'x'.repeat(5_000_000);
  expect((await postResult(app, { task_id: id, result: large }, attempt)).status).toBe(507);
  expect((await uploadFile(app, id, 'a.bin', large, attempt)).status).toBe(507);
  // The answer to an upload is sent ahead of what there is to clean up.
  await waitFor('nothing to be left', async () => (await filesOn(of)).length === before.length);
});

onVolume(
  'an upload in parts that does not fit keeps what has come, and goes on when there is room',
  async (of) => {
    const { id, attempt } = await dispatched();
    const before = await filesOn(of);
    const bytes = Buffer.alloc(1_000_000, 'x');
    const pairs = { task_id: id, filename: 'parts.bin', sha256: sha256(bytes), attempt_id: attempt };
    const url = await begin(app, pairs, bytes.length);
    await of.fill(100 * PAGE);
    expect((await patch(url, 0, bytes)).status).toBe(507);
    const offset = await offsetOf(url);
    expect([offset > 0, offset <= 100 * PAGE]).toEqual([true, true]);
    expect((await patch(url, offset, bytes.subarray(offset))).status).toBe(507);
    await of.drain();
    expect((await patch(url, offset, bytes.subarray(offset))).status).toBe(204);
    expect(await about(url)).toMatchObject({ status: 'created', sha256: sha256(bytes) });

    // Nor is the end of it, for which a little room is needed, the end of what has come.
    const small = await begin(app, { ...pairs, filename: 'small.bin', sha256: sha256('x') }, 1);
    await of.fill(PAGE);
    expect((await patch(small, 0, 'x')).status).toBe(507);
    await of.drain();
    expect(await offsetOf(small)).toBe(1);
    expect(await about(small)).toMatchObject({ status: 'created' });

    const other = await begin(app, { ...pairs, filename: 'other.bin' }, bytes.length);
    await of.fill(10 * PAGE);
    expect((await patch(other, 0, bytes)).status).toBe(507);
    expect((await create(app, pairs, bytes.length)).status).toBe(507);
    // A full disk keeps nobody from making room.
    expect((await terminate(other)).status).toBe(204);
    await of.drain();
    const uploads = (await filesOn(of)).filter((path) => path.includes('/uploads/'));
    expect(uploads.map((path) => path.split('/').at(-1)).sort()).toEqual(
      [url, small].map((each) => `${each.slice(-36)}.json`).sort(),
    );
    expect((await filesOn(of)).length - before.length).toBe(2 + 4);
  },
);

onVolume('wherever the room ends, a result is there whole or not at all', async (of) => {
  const statuses = new Set<number>();
  for (let pages = 0; pages < 8; pages += 1) {
    const { id, attempt } = await dispatched();
    const before = await filesOn(of);
    const post = (): Promise<Response> => postResult(app, { task_id: id, result: pages }, attempt);
    const { status } = await withRoom(of, pages * PAGE, post);
    statuses.add(status);
    const isDone = (await app.tasks.read(id))?.status === 'DONE';
    expect([pages, isDone]).toEqual([pages, status === 201]);
    if (!isDone) expect(await filesOn(of)).toEqual(before);
    expect((await post()).status).toBe(isDone ? 200 : 201);
    expect((await fetch(`${app.url}/api/v1/results/${id}`)).status).toBe(200);
  }
  expect([...statuses]).toEqual([507, 201]);
});

onVolume(
  'wherever the room ends, an upload is there with what is to be known of it or not at all',
  async (of) => {
    const statuses = new Set<number>();
    for (let pages = 0; pages < 8; pages += 1) {
      const { id, attempt } = await dispatched();
      const before = await filesOn(of);
      const post = (): Promise<Response> => uploadFile(app, id, 'a.bin', 'x', attempt);
      const { status } = await withRoom(of, pages * PAGE, post);
      statuses.add(status);
      if (status !== 201)
        await waitFor('nothing to be left', async () => (await filesOn(of)).length === before.length);
      expect((await post()).status).toBe(status === 201 ? 200 : 201);
      expect(await app.nest.get(ArtifactStore).find(id, 'a.bin', null)).toMatchObject({
        uploaded: true,
        attemptId: attempt,
      });
    }
    expect([...statuses]).toEqual([507, 201]);
  },
);

onVolume('what cannot be kept while Redis is away is 507, and what was kept is committed', async (of) => {
  const { id, attempt } = await dispatched();
  await app.redis.crash();
  await waitFor('the loss of Redis', () => !app.nest.get(RedisConnections).isUp());
  const before = await filesOn(of);
  const answers: number[] = [];
  for (let pages = 0; answers.at(-1) !== 202; pages += 1) {
    const post = (): Promise<Response> => postResult(app, { task_id: id, result: pages }, attempt);
    answers.push((await withRoom(of, pages * PAGE, post)).status);
    if (answers.at(-1) !== 202) expect(await filesOn(of)).toEqual(before);
  }
  // No room for the result, then none for what is to be remembered of it.
  expect(answers.slice(0, -1)).toEqual(answers.slice(0, -1).fill(507));
  expect(answers.length).toBeGreaterThan(2);
  await app.redis.restart();
  await waitFor('the connection to Redis', () => app.nest.get(RedisConnections).isUp());
  await app.nest.get(ResultIntake).drain();
  expect((await app.tasks.read(id))?.status).toBe('DONE');
});

describe('a volume on which nothing new can be made', () => {
  afterEach(() => volume?.drain());

  async function deletable(): Promise<TaskId> {
    const { id, attempt } = await dispatched();
    expect((await uploadFile(app, id, 'a.bin', 'x'.repeat(100_000), attempt)).status).toBe(201);
    expect((await postResult(app, { task_id: id, result: 1 }, attempt)).status).toBe(201);
    await app.caughtUp();
    return id;
  }
  async function deleted(of: SmallVolume, id: TaskId): Promise<void> {
    const before = await of.freeBytes();
    const url = `${app.url}/api/v1/results/${id}`;
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(204);
    await waitFor('the room', async () => (await of.freeBytes()) >= before + 100_000);
    expect((await fetch(url)).status).toBe(410);
    expect((await filesOn(of)).filter((path) => path.includes(id))).toEqual([
      expect.stringContaining('.deleted~'),
    ]);
  }

  onVolume('keeps nobody from deleting', async (of) => {
    const id = await deletable();
    await of.fillNames();
    await deleted(of, id);
  });

  onVolume('nor does the lack of a bin', async (of) => {
    const id = await deletable();
    await of.withoutRoomFor(join(of.resultsDir, '.spool/deleted'));
    await deleted(of, id);
  });

  onVolume('is full also for who would have to make a directory of the spool', async (of) => {
    const { id, attempt } = await dispatched();
    await of.withoutRoomFor(join(of.resultsDir, '.spool/uploads'));
    const answer = await create(app, { task_id: id, filename: 'a.bin' }, 1);
    expect([answer.status, (await json(answer)).type]).toEqual([
      507,
      'urn:orchestrator:insufficient-storage',
    ]);
    await of.drain();

    await app.redis.crash();
    await waitFor('the loss of Redis', () => !app.nest.get(RedisConnections).isUp());
    await of.withoutRoomFor(join(of.resultsDir, '.spool/inbox'));
    expect((await postResult(app, { task_id: id, result: 1 }, attempt)).status).toBe(507);
    await of.drain();
    await app.redis.restart();
    await waitFor('the connection to Redis', () => app.nest.get(RedisConnections).isUp());
    expect((await postResult(app, { task_id: id, result: 1 }, attempt)).status).toBe(201);
  });

  onVolume('keeps no run of the retention from freeing what was deleted before', async (of) => {
    const id = await deletable();
    await beginDeletion(app, id);
    await of.fillNames();
    const before = await of.freeBytes();
    await app.nest.get(Retention).run('', () => true);
    await waitFor('the room', async () => (await of.freeBytes()) >= before + 100_000);
  });
});

onVolume('a full volume is said by the probe, and takes no replica out of service', async (of) => {
  const config = loadConfig({
    REDIS_URL: 'redis://127.0.0.1:1',
    ORCHESTRATOR_RESULTS_DIR: of.resultsDir,
    LOG_FILE: '',
  });
  const full = await withRoom(of, 0, () => new VolumeProbe(config).check());
  expect(full).toEqual({ up: true, message: 'full' });
  expect(await new VolumeProbe(config).check()).toEqual({ up: true });
});
