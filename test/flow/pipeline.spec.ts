/** Stages and graphs: the order in which they run, and what one hands to the next. */
import { aTask } from '../helpers/documents';
import { workersNamed } from '../helpers/fleet';
import { useFlow } from '../helpers/flow';

describe('a pipeline', () => {
  const flow = useFlow();
  const delivered = (name: string) => aTask(name).deliverTo(flow.api.resultsUrl);

  test('runs its three stages in order and hands results on through templates', async () => {
    const fleet = await flow.workers(workersNamed('w', 2));
    const submission = await flow.api.submit(
      delivered('story').stages(
        { name: 'prepare', spec: { simulate: { echo: { lines: 3, title: 'T' } } } },
        { name: 'train', spec: { simulate: { echo: 'with ${prepare.result.echo.lines} lines' } } },
        { spec: { simulate: { echo: ['${train.result.echo}', '${prepare.result.echo}'] } } },
      ),
    );
    const [prepare, train, last] = submission.tasks;
    expect(submission.tasks.map((task) => task.name)).toEqual([
      'story:prepare',
      'story:train',
      'story:stage-3',
    ]);
    expect(submission.tasks.map((task) => task.waiting_on)).toEqual([
      [],
      [prepare!.task_id],
      expect.arrayContaining([train!.task_id, prepare!.task_id]),
    ]);

    const ids = submission.tasks.map((task) => task.task_id);
    const records = await flow.api.untilAll(ids, 'DONE');
    expect(new Set(records.map((record) => record.run_id)).size).toBe(1);
    expect(records.map((record) => record.graph_node_name)).toEqual(['prepare', 'train', 'stage-3']);
    expect(records.map((record) => record.waiting_on)).toEqual([[], [], []]);
    expect(fleet.received().map((received) => received.task_id)).toEqual(ids);
    expect((await flow.api.result(last!.task_id)).result).toMatchObject({
      echo: ['with 3 lines', { lines: 3, title: 'T' }],
    });
  });

  test('substitutes each placeholder by its rule', async () => {
    const fleet = await flow.workers([{ id: 'w' }]);
    const result = {
      count: 3,
      items: [{ output: 'first' }, { output: 'last' }],
      nested: { flag: true },
      'key.with.dots': 'dotted',
    };
    const [source, user] = await flow.api.submitIds(
      delivered('rules').stages(
        { name: 'a-source', spec: { simulate: { result } } },
        {
          name: 'user',
          spec: {
            seen: {
              number: '${a-source.result.count}',
              list: '${a-source.result.items}',
              indexed: '${a-source.result.items[0].output}/${a-source.result.items[-1].output}',
              quoted: '${a-source.result["key.with.dots"]}',
              inText: 'n=${a-source.result.count} nested=${a-source.result.nested}',
              literal: '$${a-source.result.count}',
              environment: '${QDRANT_API_KEY}',
              envelope: '${a-source.worker_id}',
            },
          },
        },
      ),
    );
    await flow.api.untilAll([source!, user!], 'DONE');
    expect(fleet.message(user!).task.spec.seen).toEqual({
      number: 3,
      list: result.items,
      indexed: 'first/last',
      quoted: 'dotted',
      inText: 'n=3 nested={"flag":true}',
      literal: '${a-source.result.count}',
      environment: '${QDRANT_API_KEY}',
      envelope: 'w',
    });
  });

  test('leaves every string of a task without dependencies as it stands', async () => {
    const fleet = await flow.workers([{ id: 'w' }]);
    const strings = { unknown: '${nobody.result.x}', dollars: '$${a}', broken: '${', environment: '${HOME}' };
    const id = await flow.api.submitOne(delivered('plain').with({ strings }));
    await flow.api.until(id, 'DONE');
    expect(fleet.message(id).task.spec.strings).toEqual(strings);
  });

  test('merges a stage over the base deeply, replacing lists, and gives it the results of its direct dependencies', async () => {
    const fleet = await flow.workers([{ id: 'w' }]);
    const base = delivered('merge').with({
      training: { lr: 1, steps: [1, 2] },
      simulate: { result: { x: 1 } },
    });
    const ids = await flow.api.submitIds(
      base.stages(
        { name: 'one' },
        { name: 'two', spec: { training: { steps: [9], new: 'yes' } } },
        { name: 'three' },
      ),
    );
    await flow.api.untilAll(ids, 'DONE');
    const specs = ids.map((id) => fleet.message(id).task.spec);
    expect(specs.map((spec) => spec.training)).toEqual([
      { lr: 1, steps: [1, 2] },
      { lr: 1, steps: [9], new: 'yes' },
      { lr: 1, steps: [1, 2] },
    ]);
    expect(specs.every((spec) => !('stages' in spec))).toBe(true);
    expect(specs.map((spec) => Object.keys(spec._upstreamResults ?? {}))).toEqual([[], ['one'], ['two']]);
    expect(specs[2]!._upstreamResults).toMatchObject({ two: { task_id: ids[1], result: { x: 1 } } });
  });

  //      left
  //    /      \
  // top        bottom
  //    \      /
  //      right
  test('runs the sides of a diamond side by side and its end after both', async () => {
    const fleet = await flow.workers(workersNamed('w', 3));
    const [top, left, right, bottom] = await flow.api.submitIds(
      delivered('diamond').graph(
        { name: 'top', spec: { simulate: { echo: 'T' } } },
        { name: 'left', dependsOn: ['top'], spec: { simulate: { gate: 'sides', echo: 'L' } } },
        { id: 'right', dependsOn: ['top'], spec: { simulate: { gate: 'sides', echo: 'R' } } },
        { name: 'bottom', spec: { simulate: { echo: '${left.result.echo}${right.result.echo}' } } },
      ),
    );
    await fleet.seen('started', { task_id: left! });
    await fleet.seen('started', { task_id: right! });
    expect(new Set((await flow.api.task(bottom!)).waiting_on)).toEqual(new Set([left, right]));
    fleet.open('sides');
    await flow.api.untilAll([top!, left!, right!, bottom!], 'DONE');

    expect((await flow.api.result(bottom!)).result).toMatchObject({ echo: 'LR' });
    const order = fleet.received().map((received) => received.task_id);
    expect([order[0], order.slice(1, 3).sort(), order[3]]).toEqual([top, [left, right].sort(), bottom]);
    expect(order).toHaveLength(4);
  });

  test('starts a stage with an empty dependsOn at once, and one that names others after those', async () => {
    const fleet = await flow.workers(workersNamed('w', 3));
    const submission = await flow.api.submit(
      delivered('free').stages(
        { name: 'a', spec: { simulate: { gate: 'a' } } },
        { name: 'b', dependsOn: [] },
        { name: 'c', dependsOn: ['b'] },
      ),
    );
    const [a, b, c] = submission.tasks.map((task) => task.task_id);
    await flow.api.untilAll([b!, c!], 'DONE');
    await flow.api.until(a!, 'RUNNING');
    fleet.open('a');
    await flow.api.until(a!, 'DONE');
  });

  test('names a dependency submitted by itself by what follows the colon', async () => {
    await flow.workers([{ id: 'w' }]);
    const [train] = await flow.api.submitIds(
      delivered('earlier').stages({ name: 'train', spec: { simulate: { echo: 'weights' } } }),
    );
    const later = await flow.api.submitOne(
      delivered('later').after(train!).simulate({ echo: 'uses ${train.result.echo}' }),
    );
    await flow.api.until(later, 'DONE');
    expect((await flow.api.result(later)).result).toMatchObject({
      echo: 'uses weights',
      upstream: ['train'],
    });
  });

  test('fails a task whose placeholder finds nothing, naming it and the keys that are there', async () => {
    const fleet = await flow.workers([{ id: 'w' }]);
    const [source, user, after] = await flow.api.submitIds(
      delivered('typo').stages(
        { name: 'source', spec: { simulate: { result: { weights: 1, loss: 2 } } } },
        { name: 'user', spec: { text: 'is ${source.result.wieghts}' } },
        { name: 'after' },
      ),
    );
    const failed = await flow.api.until(user!, 'FAILED');
    expect(failed).toMatchObject({ retries: 0, attempt: 0 });
    expect(`${String(failed.error)} ${String(failed.reason)}`).toMatch(
      /source\.result\.wieghts[^]*weights[^]*loss/,
    );
    await flow.api.until(after!, 'FAILED');
    expect(fleet.received().map((received) => received.task_id)).toEqual([source]);
  });

  test('fails a task that uses a result which never comes, and lets one go that only waits for the end', async () => {
    await flow.workers([{ id: 'w' }]);
    const [, uses, waits] = await flow.api.submitIds(
      aTask('resultless').graph(
        { name: 'source' },
        { name: 'uses', dependsOn: ['source'], spec: { text: '${source.result.x}' } },
        { name: 'waits', dependsOn: ['source'] },
      ),
    );
    await flow.api.until(waits!, 'DONE');
    const failed = await flow.api.until(uses!, 'FAILED');
    expect(`${String(failed.error)} ${String(failed.reason)}`).toMatch(/source/);
  });
});
