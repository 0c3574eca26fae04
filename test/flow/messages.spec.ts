/** What goes along with a dispatch message, and what happens when it becomes too large. */
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';

const LIMIT = 16_384;
/** More than fits into one message. */
const LARGE = 'x'.repeat(LIMIT + 1);

describe('a dispatch message', () => {
  const flow = useFlow({ env: { MAX_MESSAGE_BYTES: String(LIMIT) } });

  test('is cut down to the parts of earlier results that the document names', async () => {
    const fleet = await flow.workers([{ id: 'w' }]);
    const [source, user] = await flow.api.submitIds(
      aTask('cut')
        .deliverTo(flow.api.resultsUrl)
        .stages(
          { name: 'source', spec: { resources: { hardware: { cpu: 512 } } } },
          {
            name: 'user',
            spec: {
              resources: { hardware: { cpu: 1 } },
              simulate: { echo: '${source.result.small}' },
              data: {
                type: 'graph_template',
                columns: [{ name: 'size', node: 'source', path: 'result.size' }],
              },
            },
          },
        ),
    );
    const body = { task_id: source, result: { small: 's', size: 3, large: LARGE } };
    expect((await flow.api.post('/api/v1/results', body)).status).toBe(201);
    await flow.api.until(user!, 'DONE');
    const message = fleet.message(user!);
    expect(message.task.spec._upstreamResults).toMatchObject({ source: { result: { small: 's', size: 3 } } });
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThanOrEqual(LIMIT);
    expect((await flow.api.result(user!)).result).toMatchObject({ echo: 's' });
  });

  test('that stays too large fails its task, with the sizes of its parts', async () => {
    const fleet = await flow.workers([{ id: 'w' }]);
    const id = await flow.api.submitOne(aTask('too-large').with({ prompt: LARGE }));
    const failed = await flow.api.until(id, 'FAILED');
    const why = `${String(failed.error)} ${String(failed.reason)}`;
    expect(why).toContain('message_too_large');
    expect(why).toMatch(/1[6-9][ _,.]?\d{3}|1[67](\.\d+)? ?Ki?B/);
    expect(fleet.received(id)).toEqual([]);

    const other = await flow.api.submitOne(aTask('small'));
    await flow.api.until(other, 'DONE');
  });

  test('waits for a result that a column of a graph_template names, and fails naming it when none comes', async () => {
    await flow.workers([{ id: 'w' }]);
    const data = { type: 'graph_template', columns: [{ name: 'c', node: 'source', path: 'result.items' }] };
    const [, user] = await flow.api.submitIds(
      aTask('columns').graph({ name: 'source' }, { name: 'user', dependsOn: ['source'], spec: { data } }),
    );
    const failed = await flow.api.until(user!, 'FAILED');
    expect(`${String(failed.error)} ${String(failed.reason)}`).toContain('source');
  });
});
