/** The service dies while it puts large shards together: whoever starts next does it again, and nothing is left over. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { Fleet, workersNamed } from '../helpers/fleet';
import { startRedis } from '../helpers/redis';
import { startService } from '../helpers/service';
import { waitFor } from '../helpers/wait';

const ARM = resolve(__dirname, '../faults/lib/arm-crash-point.cjs');
const PAD = 64 * 1024;

test.each(['aggregate.merged', 'aggregate.staged', 'aggregate.committed'])(
  'an aggregate of large shards survives a crash at %s',
  async (point) => {
    const redis = await startRedis();
    const resultsDir = await mkdtemp(join(tmpdir(), 'orchestrator-results-'));
    const env = { HEARTBEAT_TTL_SEC: '30' };
    const settings = { redisUrl: redis.url, resultsDir, env };
    const doomed = await startService({
      ...settings,
      preload: [ARM],
      env: { ...env, CRASH_AT: point },
    });
    const fleet = await Fleet.start({ redisUrl: redis.url }, workersNamed('w', 2));
    await fleet.beat();
    const api = new Client(doomed.url);
    await api.workers();
    const inputs = Array.from({ length: 160 }, (_, index) => index);
    const task = aTask('sharded').overItems(inputs, 2).replicas(2).simulate({ padTo: PAD });
    const id = await api.submitOne(task.deliverTo(api.resultsUrl));
    await waitFor('the crash', () => !doomed.isRunning(), { withinMs: 40_000 });
    await doomed.untilGone();

    const service = await startService({ ...settings, port: doomed.port });
    await api.until(id, 'DONE', { withinMs: 40_000 });
    const { merged } = (await api.result(id)).result as {
      merged: { items: { input: number; output: string }[] };
    };
    expect(merged.items.map(({ input }) => input)).toEqual(inputs);
    expect(merged.items.every(({ output }) => output.length === PAD)).toBe(true);
    await waitFor(
      'nothing staged',
      async () => (await readdir(join(resultsDir, '.spool/staged'))).length === 0,
    );
    await fleet.stop();
    await service.stop();
    await redis.stop();
    await rm(resultsDir, { recursive: true, force: true });
  },
  120_000,
);
