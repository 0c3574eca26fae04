/** Which worker gets a task, which waits for one, and what it says meanwhile. */
import { aTask } from '../helpers/documents';
import { workersNamed } from '../helpers/fleet';
import { useFlow } from '../helpers/flow';

const GIB = 1024 ** 3;
const gpus = (count: number, name: string, extra: Record<string, unknown> = {}): Record<string, unknown>[] =>
  Array.from({ length: count }, () => ({ name, ...extra }));

describe('placement', () => {
  const flow = useFlow();

  // What the registered workers have, then for each task where it must run.
  const zoo = [
    { id: 'small', cores: 2, memoryBytes: 4 * GIB },
    { id: 'medium', cores: 8, memoryBytes: 32 * GIB },
    { id: 'large', cores: 64, memoryBytes: 256 * GIB },
    { id: 'a100', cores: 16, memoryBytes: 64 * GIB, gpus: gpus(2, 'NVIDIA A100-SXM4-80GB') },
    {
      id: 'h100',
      cores: 16,
      memoryBytes: 64 * GIB,
      gpus: gpus(4, 'NVIDIA H100 PCIe', { 'memory.total': '81559 MiB' }),
    },
    {
      id: 'rtx',
      cores: 16,
      memoryBytes: 64 * GIB,
      gpus: gpus(1, 'NVIDIA GeForce RTX 4090', { vram: '24 GiB' }),
    },
  ];

  test('takes the smallest worker that suffices and keeps GPUs for those who ask', async () => {
    await flow.workers(zoo);
    const cases = [
      [aTask('cores').cpu(1), 'small'],
      [aTask('kubernetes').cpu('1500m').memory('3Gi'), 'small'],
      [aTask('memory').memory('16 gb'), 'medium'],
      [aTask('both').cpu(12), 'large'],
      [aTask('no-gpu').gpu(0, 'any'), 'small'],
      [aTask('any-gpu').gpu(1), 'rtx'],
      [aTask('by-name').gpu(1, 'nvidia-a100-80gb'), 'a100'],
      [aTask('by-piece').gpu(1, 'h100'), 'h100'],
      [aTask('by-count').gpu(3), 'h100'],
      [aTask('by-vram').gpu(1, 'any', '40GiB'), 'h100'],
    ] as const;
    const placed: [string, string | null][] = [];
    for (const [document] of cases) {
      const record = await flow.api.until(await flow.api.submitOne(document), 'DONE');
      placed.push([record.name, record.assigned_worker]);
    }
    const wanted = cases.map(([document, worker]) => [
      (document.toObject().metadata as { name: string }).name,
      worker,
    ]);
    // A worker that gives no figure for its video memory may have enough; which of the two is a matter of taste.
    const vram = placed.at(-1)!;
    expect(['h100', 'a100']).toContain(vram[1]);
    expect(placed.slice(0, -1)).toEqual(wanted.slice(0, -1));
  });

  test('leaves a task that fits no worker pending with a reason, holds no one up, and places it when one comes', async () => {
    const fleet = await flow.workers([
      { id: 'near', cores: 8, gpus: gpus(2, 'NVIDIA H100 PCIe') },
      { id: 'plain' },
    ]);
    const [huge, ...others] = await flow.api.submitIds(
      aTask('queue').graph(
        { name: 'huge', spec: { resources: { hardware: { gpu: { count: 4, type: 'h100' } } } } },
        ...['a', 'b', 'c', 'd'].map((name) => ({ name })),
      ),
    );
    await flow.api.untilAll(others, 'DONE');
    const pending = await flow.api.until(huge!, (record) => record.reason !== null);
    expect(pending).toMatchObject({ status: 'PENDING', attempt: 0, waiting_on: [], assigned_worker: null });
    expect(pending.reason).toMatch(/h100/i);
    expect(pending.reason).toMatch(/near/);
    expect(pending.reason).toMatch(/4[^]*2/);

    await fleet.add({ id: 'fitting', cores: 8, gpus: gpus(4, 'NVIDIA H100 PCIe') });
    expect(await flow.api.until(huge!, 'DONE')).toMatchObject({
      assigned_worker: 'fitting',
      retries: 0,
    });
  });

  test('waits for the first worker there is, and says that there is none', async () => {
    const id = await flow.api.submitOne(aTask('lonely'));
    const pending = await flow.api.until(id, (record) => record.reason !== null);
    expect(pending.status).toBe('PENDING');
    await flow.workers([{ id: 'first' }]);
    expect(await flow.api.until(id, 'DONE')).toMatchObject({ assigned_worker: 'first', retries: 0 });
  });

  test('takes a missing memory figure for enough and a missing core count for none', async () => {
    const fleet = await flow.workers([
      { id: 'no-cores', cores: null, memoryBytes: 512 * GIB },
      { id: 'no-memory', cores: 4, memoryBytes: null },
      { id: 'nonsense', rawHash: { hardware_json: '{"cpu":', tags_json: 'not json' } },
    ]);
    const id = await flow.api.submitOne(aTask().memory('300GiB'));
    expect(await flow.api.until(id, 'DONE')).toMatchObject({ assigned_worker: 'no-memory' });
    expect(fleet.received(id)).toHaveLength(1);
    const listed = (await flow.api.workers()).map((worker) => worker.worker_id);
    expect(listed).toEqual(expect.arrayContaining(['no-cores', 'no-memory', 'nonsense']));
  });

  test('never gives a worker two tasks', async () => {
    const fleet = await flow.workers(workersNamed('w', 3));
    const ids = await flow.api.submitIds(
      aTask('crowd')
        .simulate({ sleepMs: 20 })
        .graph(...Array.from({ length: 24 }, (_, index) => ({ name: `n${String(index)}` }))),
    );
    await flow.api.untilAll(ids, 'DONE');
    expect(fleet.received()).toHaveLength(24);
    expect(fleet.received().filter((received) => received.busy)).toEqual([]);
    expect(new Set(fleet.received().map((received) => received.worker)).size).toBe(3);
  });
});
