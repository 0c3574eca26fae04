/** Workers in front of two replicas with object storage: attempts, templates that name files, redirects, large files. */
import { readFile } from 'node:fs/promises';
import { Client, sha256 } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { Fleet } from '../helpers/fleet';
import { waitFor } from '../helpers/wait';
import { useReplicas } from './replicas';

const FILE = { name: 'model.bin', sizeBytes: 300_000 };
jest.setTimeout(60_000);

const replicas = useReplicas({ ARTIFACT_REDIRECT: 'true' });
test('a download is redirected once it is let in, and HEAD is answered here', async () => {
  const { first, second } = replicas;
  const id = await first.api.submitOne(aTask('file'));
  const path = `/api/v1/results/${id}/files/notes.txt`;
  const sent = await first.api.request(path, { method: 'PUT', body: 'some notes' });
  expect(sent.status).toBe(201);
  const answer = await second.api.request(path, { redirect: 'manual' });
  expect(answer.status).toBe(307);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const url = answer.headers.get('location') ?? '';
  expect(url.startsWith(replicas.objects.url)).toBe(true);
  const part = await fetch(url, { headers: { range: 'bytes=5-' } });
  expect(part.status).toBe(206);
  expect(await part.text()).toBe('notes');
  const whole = await fetch(url);
  expect(whole.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(whole.headers.get('content-disposition')).toBe('attachment; filename="notes.txt"');
  const head = await second.api.request(path, { method: 'HEAD' });
  expect(head.status).toBe(200);
  expect(head.headers.get('etag')).toBe(`"${sha256('some notes')}"`);
  expect(head.headers.get('content-length')).toBe('10');
});

test('a download is not redirected without a token', async () => {
  const guarded = await replicas.add({ ORCHESTRATOR_TOKEN: 'a-token-of-the-suite' });
  const id = await replicas.first.api.submitOne(aTask('file'));
  const path = `/api/v1/results/${id}/files/notes.txt`;
  await replicas.first.api.request(path, { method: 'PUT', body: 'some notes' });
  const asked = { redirect: 'manual' as const };
  expect((await guarded.api.request(path, asked)).status).toBe(401);
  const known = new Client(guarded.service.url, 'a-token-of-the-suite');
  expect((await known.request(path, asked)).status).toBe(307);
});

test('a file of 64 MiB takes no more memory than its parts', async () => {
  const { first } = replicas;
  const id = await first.api.submitOne(aTask('large'));
  const body = Buffer.alloc(64 * 1024 * 1024, 'large');
  const path = `/api/v1/results/${id}/files/large.bin`;
  // As many parts at once as there ever are.
  await first.api.request(path, { method: 'PUT', body: body.subarray(0, 32 * 1024 * 1024) });
  const before = await peakBytes(first.service.pid);
  expect((await first.api.request(path, { method: 'PUT', body })).status).toBe(201);
  expect((await peakBytes(first.service.pid)) - before).toBeLessThan(48 * 1024 * 1024);
  const [file] = await replicas.second.api.files(id);
  expect(file).toMatchObject({ size: body.length, sha256: sha256(body) });
});

describe('with workers', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await Fleet.start({ redisUrl: replicas.redis.url }, [{ id: 'w' }]);
  }, 30_000);
  afterAll(() => fleet.stop());

  test('the files of the attempt that won are the task’s, and those of the one that failed go', async () => {
    const { first, second } = replicas;
    const id = await first.api.submitOne(
      aTask('again')
        .deliverTo(first.api.resultsUrl)
        .retry({ maxRetries: 2, baseDelaySec: 0.1 })
        .simulate({ fail: 'once', sign: true, upload: FILE }),
    );
    const task = await second.api.until(id, 'DONE', { withinMs: 30_000 });
    expect(task.retries).toBe(1);
    const [file] = await second.api.files(id);
    expect(file?.name).toBe('model.bin');
    const bytes = await second.api.request(`/api/v1/results/${id}/files/model.bin`);
    expect(sha256(new Uint8Array(await bytes.arrayBuffer()))).toBe(file?.sha256);
    await waitFor('only one attempt', async () => {
      const keys = await replicas.objects.keys(`tasks/${id}/attempts/`);
      return keys.length === 1;
    });
  });

  test('a file of one stage is loaded by the next, by redirect and without a token', async () => {
    const { first, second } = replicas;
    const [trained, used] = await first.api.submitIds(
      aTask('tune')
        .deliverTo(second.api.resultsUrl)
        .stages(
          { name: 'train', spec: { taskType: 'sft', simulate: { upload: FILE } } },
          { name: 'use', spec: { checkpoint: { load: { url: '${train.artifacts["model.bin"].url}' } } } },
        ),
    );
    await first.api.untilAll([trained!, used!], 'DONE', { withinMs: 30_000 });
    const { saved_sha256: digest } = (await first.api.result(trained!)).result;
    expect((await second.api.result(used!)).result.loaded_sha256).toBe(digest);
  });

  test('work goes on while the storage is away, and is done when it is back', async () => {
    const { first, second } = replicas;
    const task = (name: string): Promise<string> =>
      first.api.submitOne(aTask(name).deliverTo(first.api.resultsUrl).simulate({ upload: FILE }));
    await replicas.objects.crash();
    const ids = await Promise.all([task('one'), task('two')]);
    try {
      await fleet.seen('started', { task_id: ids[0] });
    } finally {
      await replicas.objects.restart();
    }
    await second.api.untilAll(ids, 'DONE', { withinMs: 40_000 });
    // What was kept of a task is put in place one after the other, and its end may be heard before.
    for (const id of ids)
      await waitFor('its file', async () => (await second.api.files(id)).length === 1, { withinMs: 20_000 });
    expect([first, second].every(({ service }) => service.isRunning())).toBe(true);
  });
});

/** The most resident memory that a process ever had. */
async function peakBytes(pid: number): Promise<number> {
  const [, kib] = /VmHWM:\s*(\d+) kB/.exec(await readFile(`/proc/${String(pid)}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}
