import type { JsonObject } from '../json';
import { trustedTaskId } from '../ids';
import type { TaskDocument } from '../model';
import { crossHostRefusal } from './cross-host';
import { isParallel, planSplit } from './plan';
import { shardDestination, splitDocument } from './split';

const PARENT = trustedTaskId('parent-1');

function inference(data: JsonObject, parallel: JsonObject = {}, more: JsonObject = {}): TaskDocument {
  return {
    apiVersion: 'v1',
    kind: 'Task',
    metadata: { name: 'eval', labels: { team: 'a' } },
    spec: {
      taskType: 'inference',
      model: { name: 'm' },
      parallel: { enabled: true, ...parallel },
      data,
      ...more,
    },
  };
}

const plan = (document: TaskDocument) => planSplit(document, { maxAutoShards: 8 });
const splits = (split: string, total: number) =>
  splitDocument(inference({ split }), PARENT, total).map(({ spec }) => (spec.data as JsonObject).split);

describe('whether a task can be split', () => {
  it.each<[string, TaskDocument, { span: number; maxShards: number }]>([
    ['a whole dataset has 100 percents', inference({ split: 'train' }), { span: 100, maxShards: 8 }],
    ['a part has its percents', inference({ split: 'train[5%:15%]' }), { span: 10, maxShards: 8 }],
    ['fewer percents than shards cap them', inference({ split: 'train[:3%]' }), { span: 3, maxShards: 3 }],
    ['rows are counted', inference({ split: 'train[100:500]' }), { span: 400, maxShards: 8 }],
    ['rows from the start', inference({ split: 'train[:500]' }), { span: 500, maxShards: 8 }],
    ['the last rows', inference({ split: 'train[-500:]' }), { span: 500, maxShards: 8 }],
    ['the last percents', inference({ split: 'train[-20%:]' }), { span: 20, maxShards: 8 }],
    ['an open percentage ends at 100', inference({ split: 'train[80%:]' }), { span: 20, maxShards: 8 }],
    ['a zero is a zero in percents too', inference({ split: 'train[0:80%]' }), { span: 80, maxShards: 8 }],
    ['items are counted', inference({ type: 'list', items: [1, 2, 3] }), { span: 3, maxShards: 3 }],
    ['the document caps', inference({ split: 'train' }, { max_shards: 3 }), { span: 100, maxShards: 3 }],
    [
      'the document may raise the cap',
      inference({ split: 'train' }, { max_shards: 20 }),
      { span: 100, maxShards: 20 },
    ],
    [
      'by shard there is no limit in the data',
      inference({ url: 'x' }, { by: 'shard' }),
      { span: Infinity, maxShards: 8 },
    ],
    [
      'rows without an end can go by shard',
      inference({ split: 'train[500:]' }, { by: 'shard' }),
      { span: Infinity, maxShards: 8 },
    ],
  ])('%s', (_name, document, want) => {
    expect(plan(document)).toEqual({ ok: true, value: want });
  });

  it.each<[string, TaskDocument, RegExp]>([
    [
      'another task type',
      { ...inference({}), spec: { taskType: 'sft', parallel: { enabled: true } } },
      /not inference/,
    ],
    ['not enabled', inference({ split: 'train' }, { enabled: 'yes' }), /parallel\.enabled/],
    ['one percent', inference({ split: 'train[:1%]' }), /train\[0%:1%\]" has no whole percents to share/],
    ['one row', inference({ split: 'train[7:8]' }), /has no rows to share/],
    ['one item', inference({ type: 'list', items: ['a'] }), /fewer than two items/],
    ['items that are no list', inference({ type: 'list', items: 'a' }), /is no list/],
    ['rows without an end', inference({ split: 'train[500:]' }), /leaves open how many rows/],
    ['rows between both ends', inference({ split: 'train[10:-10]' }), /leaves open how many rows/],
    ['a sum of splits', inference({ split: 'train+test' }), /not of a form/],
    ['mixed units', inference({ split: 'train[10:50%]' }), /mixes/],
    ['beyond the whole', inference({ split: 'train[:120%]' }), /beyond 100%/],
    ['backwards', inference({ split: 'train[80%:20%]' }), /is empty/],
    ['rows beyond counting', inference({ split: 'train[0:99999999999999999999]' }), /out of range/],
    ['data of another kind', inference({ type: 'dataset', url: 'x' }), /every shard would do all the work/],
    ['no data', inference({}), /every shard would do all the work/],
    ['a cap of one', inference({ split: 'train' }, { max_shards: 1 }), /at most one shard/],
    [
      'a shard',
      inference({ split: 'train' }, {}, { shard: { index: 0, total: 2, parent_task_id: 'p' } }),
      /a shard itself/,
    ],
  ])('not: %s', (_name, document, why) => {
    expect(plan(document)).toEqual({ ok: false, error: expect.stringMatching(why) as string });
  });

  it('is asked only of inference that says so', () => {
    expect(isParallel(inference({}))).toBe(true);
    expect(isParallel(inference({}, { enabled: false }))).toBe(false);
    expect(isParallel({ ...inference({}), spec: { taskType: 'inference', parallel: [] } })).toBe(false);
  });
});

describe('the shards of a document', () => {
  it.each([
    ['train', 2, ['train[0%:50%]', 'train[50%:100%]']],
    ['train[:80%]', 3, ['train[0%:26%]', 'train[26%:53%]', 'train[53%:80%]']],
    ['train[5%:15%]', 2, ['train[5%:10%]', 'train[10%:15%]']],
    ['test[100:500]', 2, ['test[100:300]', 'test[300:500]']],
    ['train[:5]', 2, ['train[0:2]', 'train[2:5]']],
    ['train[-4:]', 2, ['train[-4:-2]', 'train[-2:]']],
    ['train[-20%:]', 2, ['train[-20%:90%]', 'train[90%:100%]']],
    ['train[10%:-10%]', 2, ['train[10%:50%]', 'train[50%:-10%]']],
  ])('of %s are %i slices', (split, total, want) => {
    expect(splits(split, total)).toEqual(want);
  });

  it('take contiguous items', () => {
    const document = inference({ type: 'list', items: [1, 2, 3, 4, 5], key: 'kept' });
    expect(splitDocument(document, PARENT, 2).map(({ spec }) => spec.data)).toEqual([
      { type: 'list', items: [1, 2], key: 'kept' },
      { type: 'list', items: [3, 4, 5], key: 'kept' },
    ]);
  });

  it('say which they are, and leave everything else and the parent as they are', () => {
    const document = inference({ url: 'x' }, { by: 'shard' });
    const before = structuredClone(document);
    const [first, second] = splitDocument(document, PARENT, 2);
    expect(document).toEqual(before);
    expect(first?.metadata).toEqual({ name: 'eval#0', labels: { team: 'a' } });
    expect(second?.spec).toEqual({ ...before.spec, shard: { index: 1, total: 2, parent_task_id: PARENT } });
  });

  it('are refused when there are more of them than parts', () => {
    expect(() => splitDocument(inference({ split: 'train[:3%]' }), PARENT, 4)).toThrow(RangeError);
  });

  it('deliver here, unless their parent does already', () => {
    const rewrite = (shard: TaskDocument) =>
      shardDestination(shard, 'http://here:8000', { Authorization: 'Bearer t' });
    const elsewhere = inference(
      { split: 'train' },
      {},
      { output: { format: 'x', destination: { type: 'local', path: 'p' } } },
    );
    expect(splitDocument(elsewhere, PARENT, 2, rewrite)[1]?.spec.output).toEqual({
      format: 'x',
      destination: {
        type: 'http',
        url: 'http://here:8000/api/v1/results',
        headers: { Authorization: 'Bearer t' },
        timeoutSec: 15,
      },
    });
    const destination = { type: 'http', url: 'http://lb/base/api/v1/results', headers: { a: 'b' } };
    const ours = inference({ split: 'train' }, {}, { output: { destination } });
    expect(splitDocument(ours, PARENT, 2, rewrite)[0]?.spec.output).toEqual({ destination });
  });
});

describe('without a base URL', () => {
  const own = ['10.0.0.5', 'FE80::1'];
  const workers = (...ips: (string | null)[]) => ips.map((ip, index) => ({ id: `w-${String(index)}`, ip }));

  it.each([
    [
      'all on this host',
      workers('10.0.0.5', '127.0.0.1', '::1', '127.0.1.1', 'fe80::1%eth0', '::ffff:10.0.0.5'),
    ],
    ['none says where it is', workers(null, '', ' ')],
    ['no workers', []],
  ])('a task is split: %s', (_name, fleet) => {
    expect(crossHostRefusal(own, fleet)).toBeNull();
  });

  it('a task is not split when a fitting worker is on another host', () => {
    expect(crossHostRefusal(own, workers('10.0.0.5', '10.0.0.6'))).toMatch(
      /worker w-1 is on another host \(10\.0\.0\.6\), and ORCHESTRATOR_BASE_URL/,
    );
  });
});
