/** Replicas that share, beside the bucket, the volume through which bodies pass: what one has begun or kept, another ends. */
import { Client } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { startService } from '../helpers/service';
import { waitFor } from '../helpers/wait';
import { at, begin, offsetOf, patch } from '../http/tus';
import { Replicas } from './replicas';

jest.setTimeout(60_000);

const replicas = new Replicas();
beforeAll(() => replicas.start(1), 60_000);
afterAll(() => replicas.stop(), 30_000);

test('a resumable upload goes on, and what was kept is put in place, when the replica that took it is gone', async () => {
  const { redis, objects, first } = replicas;
  const second = await startService({
    redisUrl: redis.url,
    resultsDir: first.resultsDir,
    env: objects.env,
  });
  try {
    const api = new Client(second.url);
    const id = await first.api.submitOne(aTask('stored'));
    const upload = await begin(first.service, { task_id: id, filename: 'resumed.bin' }, 11);
    expect((await patch(upload, 0, 'begun ')).status).toBe(204);

    await objects.crash();
    const kept = `/api/v1/results/${id}/files/kept.bin`;
    expect((await first.api.request(kept, { method: 'PUT', body: 'kept' })).status).toBe(202);
    await first.service.kill();
    await objects.restart();

    await waitFor('the file that was kept', async () => (await api.request(kept)).status === 200);
    const there = at(upload, second);
    expect(await offsetOf(there)).toBe(6);
    expect((await patch(there, 6, 'ended')).status).toBe(204);
    const resumed = await api.request(`/api/v1/results/${id}/files/resumed.bin`);
    expect(await resumed.text()).toBe('begun ended');
    expect(await (await api.request(kept)).text()).toBe('kept');
  } finally {
    await second.stop();
  }
});
