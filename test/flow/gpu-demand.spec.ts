/** What workers are scaled by: work for each kind of GPU, waiting and under way, told by the replica that schedules. */
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';
import { startService } from '../helpers/service';
import { waitFor } from '../helpers/wait';

const GIB = 2 ** 30;

describe('the demand for each kind of GPU', () => {
  const flow = useFlow();

  /** The series of one metric by their GPU. */
  async function byGpu(name: string, url = flow.service.url): Promise<Record<string, number>> {
    const text = await (await fetch(`${url}/metrics`)).text();
    const lines = [...text.matchAll(new RegExp(`^orchestrator_${name}\\{gpu="([^"]*)"\\} (\\d+)$`, 'gm'))];
    return Object.fromEntries(lines.map(([, gpu, value]) => [gpu, Number(value)]));
  }

  test('counts what waits by what it asks for, and who works by what he has', async () => {
    expect(await byGpu('queued_tasks')).toEqual({ none: 0 });
    const waiting = [
      aTask('plain').cpu(500),
      aTask('a').gpu(2, 'A100'),
      aTask('b').gpu(2, 'a100', '40GiB'),
      aTask('c').gpu(1).simulate({ gate: 'end' }),
    ];
    for (const task of waiting) await flow.api.submitOne(task);
    const want = { none: 1, '2xa100': 2, '1xany': 1 };
    await waitFor(
      'all to wait',
      async () => JSON.stringify(await byGpu('queued_tasks')) === JSON.stringify(want),
    );

    const fleet = await flow.workers([
      {
        id: 'l4',
        cores: 8,
        memoryBytes: 64 * GIB,
        gpus: [{ name: 'NVIDIA L4', vram: '24 GiB' }],
      },
    ]);
    await waitFor('one to work', async () => (await byGpu('busy_workers'))['1xnvidia-l4'] === 1);
    expect(await byGpu('queued_tasks')).not.toHaveProperty('1xany');
    fleet.open('end');
    await waitFor('nobody to work', async () => !('1xnvidia-l4' in (await byGpu('busy_workers'))));
  });

  test('is told by one replica alone', async () => {
    const { redis, resultsDir } = flow;
    const other = await startService({ redisUrl: redis.url, resultsDir });
    expect(await byGpu('queued_tasks', other.url)).toEqual({});
    await other.stop();
    expect(await byGpu('queued_tasks')).toHaveProperty('none');
  });
});
