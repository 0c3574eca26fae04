/** Many tasks at once and many in a row: nothing sent twice, nothing left out, nothing out of order. */
import { aTask } from '../helpers/documents';
import { workersNamed } from '../helpers/fleet';
import { useFlow } from '../helpers/flow';
import { waitFor } from '../helpers/wait';

const names = (prefix: string, count: number): { name: string }[] =>
  Array.from({ length: count }, (_, index) => ({ name: `${prefix}-${String(index + 1)}` }));

describe('instant workers', () => {
  const flow = useFlow({ env: { LOG_LEVEL: 'INFO', HEARTBEAT_TTL_SEC: '30', SWEEP_INTERVAL_SEC: '1' } });

  test('run forty chained stages in their order, one delivery each', async () => {
    const fleet = await flow.workers(workersNamed('w', 4));
    const ids = await flow.api.submitIds(
      aTask('chain')
        .deliverTo(flow.api.resultsUrl)
        .stages(...names('step', 40)),
    );
    await flow.api.until(ids.at(-1)!, 'DONE', { withinMs: 20_000 });
    expect(fleet.received().map((received) => received.task_id)).toEqual(ids);
    const records = await flow.api.untilAll(ids, 'DONE');
    expect(records.filter((record) => record.attempt !== 1 || record.retries !== 0)).toEqual([]);
    const startedTooEarly = records.filter((record, index) => {
      const before = records[index - 1];
      return before !== undefined && record.started_at! < before.finished_at!;
    });
    expect(startedTooEarly).toEqual([]);
  });

  test('are sent each of five hundred tasks exactly once, and never two at a time', async () => {
    const fleet = await flow.workers(workersNamed('w', 32, { heartbeatMs: 2_000 }));
    const ids: string[] = [];
    for (const document of names('batch', 5)) {
      ids.push(...(await flow.api.submitIds(aTask(document.name).graph(...names('n', 100)))));
    }
    expect(new Set(ids).size).toBe(500);
    const done = await waitFor(
      'all five hundred to be done',
      async () => {
        const records = await flow.api.tasks('?status=DONE&limit=1000');
        const ours = records.filter((record) => record.name.startsWith('batch-'));
        return ours.length >= 500 && ours;
      },
      { withinMs: 30_000, everyMs: 150 },
      () => `delivered so far: ${String(fleet.received().length)}`,
    );
    expect(done.map((record) => record.task_id).sort()).toEqual([...ids].sort());
    expect(
      fleet
        .received()
        .map((received) => received.task_id)
        .sort(),
    ).toEqual([...ids].sort());
    expect(fleet.received().filter((received) => received.busy)).toEqual([]);
    expect(done.filter((record) => record.attempt !== 1 || record.retries !== 0)).toEqual([]);
    // What is on its way is not missing.
    expect(flow.service.logs()).not.toContain('the queue is brought up to date');
  });
});
