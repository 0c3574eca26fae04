/** Reading tasks back: pages, filters, and what a record holds. */
import type { TaskRecord } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';

const FIELDS =
  'task_id name status assigned_worker topic submitted_at started_at finished_at error reason retries max_retries next_retry_at parent_task_id shard_index shard_total graph_node_name run_id waiting_on last_failed_worker attempt';

describe('the list of tasks', () => {
  const flow = useFlow();
  const ids: string[] = [];

  beforeAll(async () => {
    for (let number = 1; number <= 23; number += 1) {
      ids.push(await flow.api.submitOne(aTask(`listed-${String(number)}`).cpu(512)));
    }
  });

  const nextOf = (response: Response): string | null =>
    /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1] ?? null;

  test('is an array of records, newest first, without documents', async () => {
    const records = await flow.api.tasks();
    expect(records.map((record) => record.task_id)).toEqual([...ids].reverse());
    for (const record of records) {
      expect(Object.keys(record)).toEqual(expect.arrayContaining(FIELDS.split(' ')));
      expect(record).not.toHaveProperty('parsed');
      expect(record).not.toHaveProperty('raw_yaml');
    }
  });

  test.each(['', '&status=PENDING'])(
    'comes in pages that follow one another by their Link (%s)',
    async (filter) => {
      const seen: string[] = [];
      const sizes: number[] = [];
      let path: string | null = `/api/v1/tasks?limit=10${filter}`;
      while (path !== null) {
        const response: Response = await flow.api.request(path);
        const page = (await response.json()) as TaskRecord[];
        seen.push(...page.map((record) => record.task_id));
        sizes.push(page.length);
        path = nextOf(response);
      }
      expect(seen).toEqual([...ids].reverse());
      expect(sizes.filter((size) => size > 0)).toEqual([10, 10, 3]);
    },
  );

  test('is filtered by status and by name', async () => {
    expect(await flow.api.tasks('?status=DONE')).toEqual([]);
    const named = await flow.api.tasks('?name=listed-17');
    expect(named.map((record) => record.task_id)).toEqual([ids[16]]);
    const both = await flow.api.tasks('?status=PENDING&name=listed-17&limit=5');
    expect(both.map((record) => record.task_id)).toEqual([ids[16]]);
    expect(await flow.api.tasks('?status=FAILED&name=listed-17')).toEqual([]);
  });

  test('gives the documents when asked for all', async () => {
    const [record] = await flow.api.tasks('?full=true&name=listed-5');
    expect(record).toMatchObject({ parsed: { metadata: { name: 'listed-5' }, spec: { taskType: 'echo' } } });
    expect(record?.raw_yaml).toContain('name: listed-5');
  });

  test.each(['limit=0', 'limit=many', 'status=SLEEPING', 'cursor=%00'])('refuses ?%s', async (query) => {
    const response = await flow.api.request(`/api/v1/tasks?${query}`);
    expect([400, 422]).toContain(response.status);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  test('gives one record by its id, with its document', async () => {
    const record = await flow.api.task(ids[0]!);
    expect(Object.keys(record)).toEqual(expect.arrayContaining([...FIELDS.split(' '), 'parsed', 'raw_yaml']));
    expect(record).toMatchObject({ task_id: ids[0], name: 'listed-1', status: 'PENDING', max_retries: 3 });
  });

  test.each([
    ['an unknown id', 'no-such-task', 404],
    ['a path for an id', '..%2f..%2fetc%2fpasswd', 400],
    ['broken encoding', '%zz', 400],
  ])('answers %s as a problem', async (_what, id, status) => {
    const response = await flow.api.request(`/api/v1/tasks/${id}`);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await response.json()).toMatchObject({
      status,
      type: expect.stringMatching(/^urn:orchestrator:/),
    });
  });

  test('stays in order while tasks end', async () => {
    await flow.workers([{ id: 'w' }]);
    const done = await flow.api.submitOne(aTask('ends'));
    await flow.api.until(done, 'DONE');
    expect((await flow.api.tasks('?limit=2')).map((record) => record.task_id)).toEqual([done, ids.at(-1)]);
    expect((await flow.api.tasks('?status=DONE')).map((record) => record.task_id)).toEqual([done]);
  });
});
