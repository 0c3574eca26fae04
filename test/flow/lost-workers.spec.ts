/** Workers that die, leave, hang or do not listen yet: their tasks go out again, at no cost to the task. */
import { setTimeout as sleep } from 'node:timers/promises';
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';
import { waitFor } from '../helpers/wait';

describe('the task of a worker that is lost', () => {
  const flow = useFlow({
    env: {
      HEARTBEAT_TTL_SEC: '1.5',
      PROVING_TIMEOUT_SEC: '0.4',
      PROVING_REST_MAX_SEC: '0.8',
      ACK_TIMEOUT_SEC: '0.6',
      IDLE_GRACE_SEC: '0.5',
    },
  });
  const held = (name: string) =>
    aTask(name).simulate({ gate: 'go', echo: name }).deliverTo(flow.api.resultsUrl);

  test.each(['older', 'newer'] as const)(
    'goes to another one when an %s worker is killed',
    async (variety) => {
      const dying = await flow.workers([{ id: 'dying', variety }]);
      const id = await flow.api.submitOne(held('killed'));
      await flow.api.until(id, 'RUNNING');
      const other = await flow.workers([{ id: 'other', variety }]);
      await dying.kill();
      other.open('go');
      const record = await flow.api.until(id, 'DONE');
      expect(record).toMatchObject({ assigned_worker: 'other', retries: 0, attempt: 2 });
      expect((await flow.api.workers()).find((worker) => worker.worker_id === 'dying')).toMatchObject({
        stale: true,
      });
      await flow.api.post('/admin/cleanup', {});
    },
  );

  test('goes to another one when its worker unregisters in the middle of it', async () => {
    const fleet = await flow.workers([
      { id: 'leaving', cores: 2 },
      { id: 'staying', cores: 4 },
    ]);
    const id = await flow.api.submitOne(held('left'));
    await fleet.seen('started', { task_id: id, worker: 'leaving' });
    await fleet.let('leaving', 'unregister');
    await fleet.seen('started', { task_id: id, worker: 'staying' });
    fleet.open('go');
    expect(await flow.api.until(id, 'DONE')).toMatchObject({
      assigned_worker: 'staying',
      retries: 0,
      attempt: 2,
    });
  });

  test('stays with a worker that is there, whatever a goodbye says that comes late', async () => {
    const fleet = await flow.workers([
      { id: 'there', cores: 2 },
      { id: 'elsewhere', cores: 16 },
    ]);
    const id = await flow.api.submitOne(held('kept'));
    await flow.api.until(id, 'RUNNING');
    const goodbye = { type: 'UNREGISTER', worker_id: 'there', ts: 'now' };
    await flow.redis.client.publish('workers.events', JSON.stringify(goodbye));
    // Longer than UNREGISTER_GRACE_SEC.
    await sleep(800);
    fleet.open('go');
    expect(await flow.api.until(id, 'DONE')).toMatchObject({ assigned_worker: 'there', attempt: 1 });
  });

  test('goes out again when its worker comes back as a new process under the same id', async () => {
    const before = await flow.workers([{ id: 'same' }]);
    const id = await flow.api.submitOne(held('again'));
    await flow.api.until(id, 'RUNNING');
    await before.kill();
    const after = await flow.workers([{ id: 'same' }]);
    after.open('go');
    expect(await flow.api.until(id, 'DONE')).toMatchObject({ assigned_worker: 'same', retries: 0 });
    expect(after.received(id)).toHaveLength(1);
  });

  test('is done by the late result of the lost worker, as long as no other has it', async () => {
    const fleet = await flow.workers([{ id: 'cut-off' }]);
    const id = await flow.api.submitOne(held('late'));
    await flow.api.until(id, 'RUNNING');
    await fleet.let('cut-off', 'silence');
    await flow.api.until(id, 'PENDING');
    fleet.open('go');
    expect(await flow.api.until(id, 'DONE')).toMatchObject({ retries: 0, attempt: 1 });
    expect((await fleet.seen('posted', { task_id: id })).status).toBe(201);
  });

  test('takes no result of the lost worker any more once another has it', async () => {
    const first = await flow.workers([{ id: 'first' }]);
    const id = await flow.api.submitOne(held('taken-over'));
    await flow.api.until(id, 'RUNNING');
    const second = await flow.workers([{ id: 'second' }]);
    await first.let('first', 'silence');
    await second.seen('started', { task_id: id });

    first.open('go');
    expect((await first.seen('posted', { task_id: id })).status).toBe(409);
    expect((await first.seen('finished', { task_id: id })).type).toBe('TASK_FAILED');
    await flow.api.until(id, 'RUNNING');
    expect(await flow.api.task(id)).toMatchObject({ assigned_worker: 'second', retries: 0 });

    second.open('go');
    expect(await flow.api.until(id, 'DONE')).toMatchObject({
      assigned_worker: 'second',
      attempt: 2,
      retries: 0,
    });
    expect(await flow.api.result(id)).toMatchObject({ worker_id: 'second' });
  });

  test('fails as poison when it has cost four workers', async () => {
    const fleet = await flow.workers([{ id: 'victim-1' }]);
    const id = await flow.api.submitOne(held('poison'));
    for (const number of [1, 2, 3, 4]) {
      const victim = `victim-${String(number)}`;
      if (number > 1) await fleet.add({ id: victim });
      await fleet.seen('started', { task_id: id, worker: victim });
      await fleet.let(victim, 'unregister');
    }
    const failed = await flow.api.until(id, 'FAILED');
    expect(`${String(failed.error)} ${String(failed.reason)}`).toMatch(/poison/);
    expect(failed.retries).toBe(0);
  });

  test('waits at no cost for a worker that says IDLE seconds before it listens', async () => {
    const fleet = await flow.workers([{ id: 'slow-starter', setupDelayMs: 2_500 }], { eager: true });
    const id = await flow.api.submitOne(aTask('early').deliverTo(flow.api.resultsUrl));
    const record = await flow.api.until(id, 'DONE', { withinMs: 15_000 });
    expect(record).toMatchObject({ retries: 0, assigned_worker: 'slow-starter', error: null });
    expect(fleet.received(id)).toHaveLength(1);
  });

  test('prefers a worker that has proven to listen', async () => {
    const fleet = await flow.workers([{ id: 'proven', cores: 16 }]);
    await flow.api.until(await flow.api.submitOne(aTask('proof')), 'DONE');
    await waitFor('the proven worker to be idle', async () =>
      (await flow.api.workers()).some((worker) => worker.worker_id === 'proven' && worker.status === 'IDLE'),
    );
    await fleet.add({ id: 'unproven', cores: 2 });
    const id = await flow.api.submitOne(aTask('which'));
    expect(await flow.api.until(id, 'DONE')).toMatchObject({ assigned_worker: 'proven' });
  });

  test('goes to another one, at no cost, when a worker that listened before does not hear it', async () => {
    const fleet = await flow.workers([
      { id: 'deaf', cores: 2 },
      { id: 'hearing', cores: 4 },
    ]);
    const proof = await flow.api.submitIds(
      aTask('proofs').simulate({ gate: 'proofs' }).graph({ name: 'a' }, { name: 'b' }),
    );
    await Promise.all(proof.map((id) => fleet.seen('started', { task_id: id })));
    fleet.open('proofs');
    await flow.api.untilAll(proof, 'DONE');
    await fleet.let('deaf', 'deafen');
    await fleet.beat();

    const id = await flow.api.submitOne(aTask('unheard'));
    expect(await flow.api.until(id, 'DONE')).toMatchObject({
      assigned_worker: 'hearing',
      retries: 0,
      error: null,
    });
    expect(fleet.received(id)).toHaveLength(1);
  });

  test('leaves its worker free though the status that says so was lost', async () => {
    const fleet = await flow.workers([{ id: 'swallowed' }]);
    const first = await flow.api.submitOne(aTask('first').simulate({ loseIdle: true }));
    await flow.api.until(first, 'DONE');
    expect(await flow.redis.client.hget('worker:swallowed', 'status')).toBe('RUNNING');
    const second = await flow.api.submitOne(aTask('second'));
    expect(await flow.api.until(second, 'DONE')).toMatchObject({ assigned_worker: 'swallowed', attempt: 1 });
    expect(fleet.received()).toHaveLength(2);
  });
});
