import { trustedTaskId, trustedWorkerId } from '../ids';
import type { Gpu, Resources, WorkerSnapshot } from '../model';
import { hardwareClasses } from './fleet';
import { FreeWorkers } from './free-workers';
import { type PlacementQueue, planPlacement, type QueuedTask } from './plan';
import { signatureOf } from './signature';
import { PlacementMemo } from './unplaceable';

const GIB = 2 ** 30;
const A100: Gpu = { name: 'NVIDIA A100-SXM4-80GB', memoryBytes: 80 * GIB };
const T4: Gpu = { name: 'Tesla T4', memoryBytes: 15 * GIB };

function worker(id: string, cpuCores: number, gpus: Gpu[] = [], proven = true): WorkerSnapshot {
  return {
    id: trustedWorkerId(id),
    hardware: { cpuCores, memoryBytes: cpuCores * 4 * GIB, gpus, ip: null },
    proven,
  };
}

const cpu = (cpuCores: number): Resources => ({ cpuCores, memoryBytes: GIB, gpu: null });
const gpu = (count: number, type = 'any'): Resources => ({
  ...cpu(1),
  gpu: { count, type, memoryBytes: null },
});

function task(
  id: string,
  score: number,
  more: { avoid?: string; shards?: number; replicas?: number } = {},
): QueuedTask {
  return {
    id: trustedTaskId(id),
    score,
    avoid: more.avoid === undefined ? null : trustedWorkerId(more.avoid),
    shardable: more.shards === undefined ? null : { maxShards: more.shards, minShards: more.replicas ?? 1 },
  };
}

const queue = (resources: Resources, ...heads: QueuedTask[]): PlacementQueue => ({
  signature: signatureOf(resources),
  resources,
  heads,
});

const plan = (queues: PlacementQueue[], free: WorkerSnapshot[], busy: WorkerSnapshot[] = []) => {
  const { assignments, splits, unplaceable } = planPlacement({
    queues,
    free: FreeWorkers.of(free),
    fleet: hardwareClasses([...free, ...busy]),
  });
  return {
    pairs: Object.fromEntries(assignments.map(({ taskId, workerId }) => [taskId, workerId])),
    order: assignments.map(({ taskId }) => taskId),
    splits: Object.fromEntries(splits.map(({ taskId, shards }) => [taskId, shards])),
    reasons: unplaceable.map(({ reason }) => reason),
  };
};

describe('a plan', () => {
  it('gives each task the smallest worker that suffices', () => {
    const { pairs } = plan(
      [queue(cpu(4), task('t', 1))],
      [worker('big', 64), worker('small', 2), worker('right', 8)],
    );
    expect(pairs).toEqual({ t: 'right' });
  });

  it('goes strictly by score across queues', () => {
    const queues = [queue(cpu(2), task('a', 3), task('d', 9)), queue(cpu(1), task('b', 2), task('c', 4))];
    expect(plan(queues, [worker('x', 4), worker('y', 4), worker('z', 4)]).order).toEqual(['b', 'a', 'c']);
  });

  it('uses proven workers before smaller ones that may not listen yet', () => {
    const { pairs } = plan([queue(cpu(1), task('t', 1))], [worker('new', 1, [], false), worker('old', 8)]);
    expect(pairs).toEqual({ t: 'old' });
  });

  it('spares GPU workers, even proven ones', () => {
    const { pairs } = plan(
      [queue(cpu(1), task('t', 1))],
      [worker('g', 1, [T4]), worker('plain', 64, [], false)],
    );
    expect(pairs).toEqual({ t: 'plain' });
  });

  it('gives a GPU worker to a task without GPUs when nothing else is free', () => {
    expect(plan([queue(cpu(1), task('t', 1))], [worker('g', 4, [T4])], [worker('busy', 4)]).pairs).toEqual({
      t: 'g',
    });
  });

  it('keeps a GPU worker for a GPU task that comes later in line', () => {
    const queues = [queue(cpu(1), task('first', 1)), queue(gpu(1), task('later', 2))];
    expect(plan(queues, [worker('g', 4, [T4])]).pairs).toEqual({ later: 'g' });
  });

  it('gives away GPU workers that the waiting GPU tasks do not need', () => {
    const queues = [queue(cpu(1), task('c1', 1), task('c2', 2)), queue(gpu(1), task('g1', 3))];
    expect(plan(queues, [worker('ga', 4, [T4]), worker('gb', 4, [A100])]).pairs).toEqual({
      g1: 'ga',
      c1: 'gb',
    });
  });

  it('gives a small GPU worker to a task without GPUs when the GPU task needs a larger one', () => {
    const queues = [queue(cpu(1), task('c', 1)), queue(gpu(1, 'a100'), task('g', 2))];
    expect(plan(queues, [worker('t4', 4, [T4]), worker('a100', 4, [A100])]).pairs).toEqual({
      c: 't4',
      g: 'a100',
    });
  });

  it('does not let a task that nobody can run hold up others', () => {
    const { pairs, reasons } = plan(
      [queue(gpu(4, 'a100'), task('stuck', 1)), queue(cpu(1), task('t', 2))],
      [worker('w', 4)],
    );
    expect(pairs).toEqual({ t: 'w' });
    expect(reasons).toEqual(['no registered worker fits: needs 4 × a100; the nearest, worker w, has no GPU']);
  });

  describe('for a task that one worker has failed', () => {
    it('takes another free one', () => {
      const queues = [queue(cpu(1), task('t', 1, { avoid: 'small' }))];
      expect(plan(queues, [worker('small', 1), worker('large', 8)]).pairs).toEqual({ t: 'large' });
    });

    it('waits for another that is busy, and lets the next in line go first', () => {
      const queues = [queue(cpu(1), task('t', 1, { avoid: 'w' }), task('next', 2))];
      expect(plan(queues, [worker('w', 1)], [worker('busy', 8)]).pairs).toEqual({ next: 'w' });
    });

    it('takes the same one when no other fits', () => {
      const queues = [queue(cpu(4), task('t', 1, { avoid: 'w' }))];
      expect(plan(queues, [worker('w', 4), worker('small', 1)]).pairs).toEqual({ t: 'w' });
    });

    it('takes the twin of the same hardware', () => {
      const queues = [queue(cpu(4), task('t', 1, { avoid: 'a' }))];
      expect(plan(queues, [worker('a', 4), worker('b', 4)]).pairs).toEqual({ t: 'b' });
    });
  });

  describe('for a task that can be split', () => {
    const eight = Array.from({ length: 8 }, (_, index) => worker(`w${String(index)}`, 4));

    it('uses all idle fitting workers', () => {
      expect(plan([queue(cpu(1), task('t', 1, { shards: 8 }))], eight).splits).toEqual({ t: 8 });
    });

    it('shares them out over two such tasks', () => {
      const queues = [queue(cpu(1), task('a', 1, { shards: 8 })), queue(cpu(2), task('b', 2, { shards: 8 }))];
      expect(plan(queues, eight).splits).toEqual({ a: 4, b: 4 });
    });

    it('leaves one for each other task', () => {
      const queues = [queue(cpu(1), task('a', 1, { shards: 8 }), task('b', 2), task('c', 3))];
      const { splits, pairs } = plan(queues, eight);
      expect(splits).toEqual({ a: 6 });
      expect(Object.keys(pairs)).toEqual(['b', 'c']);
    });

    it('does not count tasks that compete for other workers', () => {
      const queues = [queue(cpu(1), task('a', 1, { shards: 8 })), queue(gpu(1, 'a100'), task('g', 2))];
      const { splits, pairs } = plan(queues, [...eight, worker('g', 4, [A100])]);
      expect(splits).toEqual({ a: 8 });
      expect(pairs).toEqual({ g: 'g' });
    });

    it('runs it whole when one worker is idle', () => {
      const { splits, pairs } = plan([queue(cpu(1), task('t', 1, { shards: 8 }))], [worker('w', 4)], eight);
      expect(splits).toEqual({});
      expect(pairs).toEqual({ t: 'w' });
    });

    it('makes as many shards as replicas asks for when as many registered workers fit', () => {
      const queues = [queue(cpu(1), task('t', 1, { shards: 8, replicas: 4 }))];
      expect(plan(queues, eight.slice(0, 2), eight.slice(2)).splits).toEqual({ t: 4 });
      expect(plan(queues, eight.slice(0, 2), eight.slice(2, 3)).splits).toEqual({ t: 2 });
    });

    it('keeps as many workers free as it has shards, and names them', () => {
      const queues = [queue(cpu(1), task('t', 1, { shards: 2 }))];
      const { splits } = planPlacement({
        queues,
        free: FreeWorkers.of(eight),
        fleet: hardwareClasses(eight),
      });
      expect(splits).toEqual([{ taskId: 't', shards: 2, workers: ['w0', 'w1'] }]);
    });
  });

  describe('says of needs that no worker meets', () => {
    it('that none is registered', () => {
      expect(plan([queue(cpu(1), task('t', 1))], []).reasons).toEqual(['no worker is registered']);
    });

    it('which worker comes nearest', () => {
      const workers = [worker('w-1', 64), worker('w-2', 2, [T4, T4, T4, T4]), worker('w-3', 2, [A100, A100])];
      expect(plan([queue(gpu(4, 'a100'), task('t', 1))], [], workers).reasons).toEqual([
        'no registered worker fits: needs 4 × a100; the nearest, worker w-3, has 2 × NVIDIA A100-SXM4-80GB',
      ]);
    });

    it('nothing while a busy worker fits', () => {
      expect(plan([queue(cpu(1), task('t', 1))], [], [worker('busy', 4)]).reasons).toEqual([]);
    });

    it('something new when the fleet changes, with a memo kept over plans', () => {
      const memo = new PlacementMemo();
      const queues = [queue(cpu(8), task('t', 1))];
      const reasons = (...workers: WorkerSnapshot[]) =>
        planPlacement(
          { queues, free: new FreeWorkers(), fleet: hardwareClasses(workers) },
          memo,
        ).unplaceable.map(({ reason }) => reason);
      expect(reasons(worker('a', 4))).toEqual([expect.stringContaining('worker a, has 4 cores')]);
      expect(reasons(worker('a', 4))).toEqual([expect.stringContaining('worker a, has 4 cores')]);
      expect(reasons(worker('a', 4), worker('b', 6))).toEqual([
        expect.stringContaining('worker b, has 6 cores'),
      ]);
      expect(reasons(worker('a', 8))).toEqual([]);
    });
  });

  it('is made in seconds for 1,000 unlike workers and 10,000 signatures', () => {
    const workers = Array.from({ length: 1000 }, (_, i) =>
      worker(`w${String(i)}`, 1 + i, i % 3 === 0 ? [A100] : []),
    );
    const queues = Array.from({ length: 10_000 }, (_, i) =>
      queue(
        i % 2 === 0 ? gpu(1, `x${String(i)}`) : cpu(500 + i),
        task(`t${String(i)}`, i, i % 5 === 0 ? { shards: 4 } : {}),
      ),
    );
    const started = performance.now();
    const { order } = plan(queues, workers);
    expect(order.length).toBeGreaterThan(100);
    expect(performance.now() - started).toBeLessThan(20_000); // about two on an idle machine
  });
});
