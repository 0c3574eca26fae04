/** Rows of the table of faults in which it is a worker that fails, or the task in its hands. */
import { workersNamed } from '../helpers/fleet';
import { waitFor } from '../helpers/wait';
import { row } from './lib/row';
import { taskRecord } from './lib/questions';

describe('faults of workers', () => {
  row(4, 'kill -9 of a worker in the middle of its task: another one does it', async (round) => {
    const cluster = await round.cluster();
    const dying = await cluster.workers([{ id: 'dying' }]);
    const [held] = await cluster.submit(cluster.plans.trained(50_000, { gate: 'go' }));
    await dying.seen('started', { task_id: held! });
    const others = await cluster.workers(workersNamed('w', 4));
    others.open('go');
    await cluster.submitAll(cluster.plans.mixture());

    cluster.fault('kill -9 of the worker');
    await dying.kill();
    await cluster.conclude();
    const record = taskRecord(cluster, held!);
    expect(record).toMatchObject({ status: 'DONE', retries: 0, attempt: 2 });
    expect(record.worker).not.toBe('dying');
  });

  row(
    5,
    'a worker stopped beyond its TTL that goes on then: its late words change nothing',
    async (round) => {
      const cluster = await round.cluster();
      const frozen = await cluster.workers([{ id: 'frozen' }]);
      const [held] = await cluster.submit(cluster.plans.trained(50_000, { gate: 'go' }));
      await frozen.seen('started', { task_id: held! });
      const others = await cluster.workers(workersNamed('w', 3));
      cluster.fault('SIGSTOP of the worker');
      frozen.signal('SIGSTOP');
      await cluster.submitAll(cluster.plans.mixture());
      await others.seen('started', { task_id: held! }, { withinMs: 30_000 });

      cluster.fault('SIGCONT of the worker');
      frozen.signal('SIGCONT');
      const order = round.random.shuffle([frozen, others]);
      for (const fleet of order) {
        fleet.open('go');
        await fleet.seen('finished', { task_id: held! });
      }
      await cluster.conclude();
      expect(taskRecord(cluster, held!)).toMatchObject({ status: 'DONE', retries: 0, attempt: 2 });
      expect(frozen.all('posted', { task_id: held! }).map(({ status }) => status)).toEqual([409]);
      expect(others.all('posted', { task_id: held! }).map(({ status }) => status)).toEqual([201]);
    },
  );

  row(6, 'a worker that restarts under the same id: its task goes out again', async (round) => {
    const cluster = await round.cluster();
    const before = await cluster.workers([{ id: 'same' }]);
    const [held] = await cluster.submit(cluster.plans.single({ gate: 'go' }));
    await before.seen('started', { task_id: held! });
    cluster.fault('kill -9 of the worker, and a new process under its id');
    await before.kill();
    const after = await cluster.workers([{ id: 'same' }]);
    after.open('go');
    await cluster.submitAll(cluster.plans.mixture());
    await cluster.conclude();
    const record = taskRecord(cluster, held!);
    expect(record).toMatchObject({ status: 'DONE', retries: 0 });
    // A worker says IDLE a moment before it listens: what was sent to it in between is sent again.
    expect(record.attempt).toBeGreaterThanOrEqual(2);
    expect(after.received(held)).toHaveLength(1);
  });

  row(7, 'a task hangs while its worker heartbeats: its deadline ends it', async (round) => {
    const cluster = await round.cluster({ env: { TASK_TIMEOUTS: 'slow=1' } });
    await cluster.workers(workersNamed('w', 6));
    const hangs = () => {
      const plan = cluster.plans.single({ hang: true }, 'FAILED');
      plan.document.retry({ maxRetries: 1 });
      return plan;
    };
    const byDocument = hangs();
    byDocument.document.with({ timeoutSec: 1 });
    const byType = hangs();
    byType.document.ofType('slow');
    const ids = await cluster.submitAll([byDocument, byType]);
    await cluster.submitAll(cluster.plans.mixture());
    await cluster.conclude();
    for (const id of ids) {
      const record = taskRecord(cluster, id);
      expect(record.status).toBe('FAILED');
      expect(record.error).toMatch(/tim(?:e|ed)[ _]?out|deadline|longer than/i);
    }
  });

  row(29, 'a task that kills every worker: it fails after four, and the others live on', async (round) => {
    const cluster = await round.cluster({ env: { HEARTBEAT_TTL_SEC: '1.5', RECOVERY_GRACE_SEC: '0.5' } });
    const fleets = await Promise.all(workersNamed('victim', 5).map((worker) => cluster.workers([worker])));
    const deadly = cluster.plans.single({ kill: 'always' }, 'FAILED');
    const [id] = await cluster.submit(deadly);
    await waitFor('the fourth death', () => fleets.filter((fleet) => !fleet.isRunning()).length === 4, {
      withinMs: 60_000,
    });
    await cluster.submitAll(cluster.plans.mixture());
    await cluster.conclude();
    expect(fleets.flatMap((fleet) => fleet.received(id))).toHaveLength(4);
    expect(fleets.filter((fleet) => fleet.isRunning())).toHaveLength(1);
    expect(taskRecord(cluster, id!)).toMatchObject({ status: 'FAILED', retries: 0 });
    expect(taskRecord(cluster, id!).error).toMatch(/poison/);
  });

  row(30, 'a worker says IDLE seconds before it listens: the task runs, no retry is spent', async (round) => {
    const cluster = await round.cluster();
    const late = await cluster.workers(workersNamed('late', 2, { setupDelayMs: 4_000 }), { eager: true });
    const ids = await cluster.submitAll([cluster.plans.single(), cluster.plans.single()]);
    await cluster.conclude();
    for (const id of ids) {
      expect(taskRecord(cluster, id)).toMatchObject({ status: 'DONE', retries: 0, error: null });
      expect(late.received(id)).toHaveLength(1);
      expect(await cluster.redis.client.hget(`orch:task:${id}`, 'losses')).toBeNull();
    }
  });
});
