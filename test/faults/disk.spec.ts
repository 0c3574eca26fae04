/** Rows of the table of faults in which bytes do not come, do not fit, or come in a flood that nobody reads. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../helpers/client';
import { workersNamed } from '../helpers/fleet';
import { waitFor } from '../helpers/wait';
import { postResult, SlowUpload, uploadFile } from './lib/clients';
import { ended } from './lib/ending';
import { leaderOf, taskRecord } from './lib/questions';
import { row } from './lib/row';
import { SmallVolume } from '../helpers/small-volume';
import { inSpool } from './lib/stored';
import { usageOf } from './lib/watchers';

const MIB = 1024 * 1024;

describe('faults of bytes', () => {
  row(22, 'the disk is full: 507, no remains, no parts', async (round) => {
    const volume = await SmallVolume.mount(12 * MIB, (why) => {
      round.note(`row 22 is not tried: a volume of its own cannot be mounted here (${why})`);
    });
    if (volume === null) return;
    round.alsoStop(() => volume.unmount());
    const cluster = await round.cluster({ resultsDir: volume.resultsDir });
    const { history, plans } = cluster;
    const api = new Client(cluster.front.url);
    const fleet = await cluster.workers(workersNamed('w', 4));
    await ended(cluster, await cluster.submitAll(plans.mixture()));
    const [held] = await cluster.submit(plans.single({ gate: 'go' }));
    await fleet.seen('started', { task_id: held! });
    const { attempt_id: attemptId } = fleet.message(held!);
    const upload = (name: string, size: number): Promise<number | null> =>
      uploadFile(history, api, { taskId: held!, attemptId, name, bytes: Buffer.alloc(size, `${name};`) });

    expect(await upload('first.bin', MIB)).toBe(201);
    cluster.fault('the disk is full');
    await volume.fill(400_000);
    const free = await volume.freeBytes();
    for (let tries = 6; tries > 0; tries -= 1) {
      const size = round.random.between(600_000, 3 * MIB);
      expect(await upload(`too-large-${String(tries)}.bin`, size)).toBe(507);
      const result = { blob: 'x'.repeat(size) };
      expect(await postResult(history, api, { taskId: held!, attemptId, result })).toBe(507);
    }
    // Notes that are written behind an answer pass through there, too.
    const remains = (): Promise<string[]> => inSpool(volume.resultsDir);
    await waitFor('nothing to remain', async () => (await remains()).length === 0);
    expect(free - (await volume.freeBytes())).toBeLessThan(64 * 1024);
    // What fits is still taken, over what is there too.
    expect(await upload('first.bin', 1_000)).toBe(201);
    expect((await api.request('/healthz')).status).toBe(200);

    cluster.fault('the disk has room again');
    await volume.drain();
    expect(await upload('later.bin', MIB)).toBe(201);
    fleet.open('go');
    await cluster.submitAll(plans.mixture());
    await cluster.conclude();
    expect(taskRecord(cluster, held!)).toMatchObject({ status: 'DONE', retries: 0 });
  });

  row(
    23,
    'uploads that break off, or send a byte a second: nobody sees a part, nothing is left open',
    async (round) => {
      const cluster = await round.cluster();
      const { history, api, plans } = cluster;
      const fleet = await cluster.workers(workersNamed('w', 4));
      const [held] = await cluster.submit(plans.single({ gate: 'go' }));
      await fleet.seen('started', { task_id: held! });
      const { attempt_id: attemptId } = fleet.message(held!);
      const begin = (name: string, size: number): SlowUpload =>
        new SlowUpload(history, api, {
          taskId: held!,
          attemptId,
          name,
          bytes: Buffer.alloc(size, `${name};`),
        });
      const descriptors = async (): Promise<number> =>
        (await usageOf(cluster.get('a').service.pid))?.descriptors ?? 0;
      const before = await descriptors();

      const slow = Array.from({ length: 20 }, (_, index) => begin(`slow-${String(index)}.bin`, 500));
      const drip = cluster.meanwhile(1_000, async () => {
        for (const each of slow) each.send(1);
      });
      for (let times = round.isShort ? 40 : 300; times > 0; times -= 1) {
        const broken = begin(`broken-${String(times % 5)}.bin`, 200_000);
        broken.send(round.random.between(0, 199_999));
        await sleep(round.random.between(0, 30));
        broken.abort();
      }
      await cluster.submitAll(plans.mixture());
      await sleep(round.isShort ? 3_000 : 20_000);
      await waitFor(
        'what broke off to be closed',
        async () => (await descriptors()) - before < 2 * slow.length + 25,
      );
      await waitFor('what broke off to be gone', async () => {
        const parts = await inSpool(cluster.resultsDir);
        return parts.length <= slow.length;
      });
      expect((await api.files(held!)).map(({ name }) => name)).toEqual([]);

      await drip.stop();
      const statuses = await Promise.all(slow.map((each) => each.finish()));
      expect(new Set(statuses)).toEqual(new Set([201]));
      fleet.open('go');
      await cluster.conclude();
      await waitFor('the descriptors to be as before', async () => (await descriptors()) - before < 15);
    },
  );

  row(26, 'a subscriber stops reading under a flood: Redis and the service stay small', async (round) => {
    // Redis cuts off who falls this far behind.
    const limit = round.isShort ? 8 * MIB : 32 * MIB;
    const cluster = await round.cluster({
      replicas: 2,
      redis: { 'client-output-buffer-limit': `pubsub ${String(limit)} ${String(limit / 4)} 60` },
      env: { HEARTBEAT_TTL_SEC: '10' },
    });
    // Two who lag, and what is submitted below, kept as text and as its task.
    round.within({ redisBytes: 2 * limit + 2 * 2.5 * limit + 64 * MIB, rssBytes: 600 * MIB });
    const [stopped] = await Promise.all([
      cluster.workers([{ id: 'stopped', returnsAfterMs: 100 }]),
      cluster.workers(workersNamed('w', 4, { cores: 64 })),
    ]);
    const leader = await leaderOf(cluster);
    const follower = leader === 'a' ? 'b' : 'a';
    cluster.fault('SIGSTOP of a worker and of the replica that follows');
    stopped.signal('SIGSTOP');
    cluster.front.remove(follower);
    cluster.get(follower).service.signal('SIGSTOP');

    const text = 'x'.repeat(200_000);
    for (let bytes = 0; bytes < 2.5 * limit; bytes += text.length) {
      const plan = cluster.plans.single({ sleepMs: 0 });
      plan.document.with({ ballast: text }).cpu(32);
      await cluster.submit(plan);
    }
    const event = { type: 'TASK_FAILED', worker_id: 'w-1', ts: 'now', error: text };
    // Sockets hold some of it, too.
    for (let bytes = 0; bytes < 6 * limit; bytes += text.length) {
      await cluster.redis.client.publish('tasks.events', JSON.stringify({ ...event, task_id: randomUUID() }));
    }
    cluster.fault('SIGCONT of both');
    stopped.signal('SIGCONT');
    cluster.get(follower).service.signal('SIGCONT');
    cluster.front.set(follower, cluster.get(follower).service.port);
    await stopped.seen('deaf', {}, { withinMs: 30_000 });
    await cluster.get(follower).service.untilReady();
    await cluster.submitAll(cluster.plans.mixture());
    await cluster.conclude();
  });
});
