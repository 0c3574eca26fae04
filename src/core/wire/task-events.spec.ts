import { OWN_EVENT } from './read';
import { decodeTaskEvent } from './task-events';

const decode = (event: unknown) => decodeTaskEvent(JSON.stringify(event));
const common = { kind: 'event', taskId: 't-1', workerId: 'w-1', dispatchedAt: null };

describe('a task event', () => {
  it.each<[string, object, object]>([
    [
      'of an older worker that succeeded',
      { type: 'TASK_SUCCEEDED', worker_id: 'w-1', task_id: 't-1', ts: '2026-01-01T00:00:00Z', result: {} },
      { ...common, type: 'TASK_SUCCEEDED', result: null, error: null },
    ],
    [
      'of an older worker that failed',
      { type: 'TASK_FAILED', worker_id: 'w-1', task_id: 't-1', error: 'CUDA out of memory' },
      { ...common, type: 'TASK_FAILED', result: null, error: 'CUDA out of memory' },
    ],
    [
      'of a newer worker that started',
      {
        type: 'TASK_STARTED',
        worker_id: 'w-1',
        task_id: 't-1',
        payload: { dispatched_at: '2026-01-01T00:00:00.000001Z', started_at: 'x', taskType: 'echo' },
      },
      {
        ...common,
        type: 'TASK_STARTED',
        dispatchedAt: '2026-01-01T00:00:00.000001Z',
        result: null,
        error: null,
      },
    ],
    [
      'with a result',
      { type: 'TASK_SUCCEEDED', worker_id: 'w-1', task_id: 't-1', result: { items: [] }, unknown: 1 },
      { ...common, type: 'TASK_SUCCEEDED', result: { items: [] }, error: null },
    ],
    [
      'with nulls and fields of wrong types',
      {
        type: 'TASK_FAILED',
        worker_id: { a: 1 },
        task_id: 't-1',
        payload: null,
        error: { code: 7 },
        ts: null,
      },
      { ...common, workerId: null, type: 'TASK_FAILED', result: null, error: '{"code":7}' },
    ],
    [
      'without a reason',
      { type: 'TASK_FAILED', worker_id: 'w-1', task_id: 't-1', error: null },
      { ...common, type: 'TASK_FAILED', result: null, error: null },
    ],
  ])('%s is read', (_name, event, want) => {
    expect(decode(event)).toEqual(want);
  });

  it("with Python's NaN is read, and the words stay in texts", () => {
    const text =
      '{"type":"TASK_SUCCEEDED","task_id":"t-1","worker_id":"w-1","result":{"loss":NaN,"low":-Infinity,"note":"NaN \\" Infinity"}}';
    expect(decodeTaskEvent(text)).toMatchObject({
      result: { loss: null, low: null, note: 'NaN " Infinity' },
    });
  });

  it('of our own is known again', () => {
    expect(decode({ type: 'TASK_FAILED', source: 'orchestrator', task_id: 't-1' })).toEqual({ kind: 'own' });
    // By how it begins, without being read.
    expect(decodeTaskEvent(`${OWN_EVENT}not read`)).toEqual({ kind: 'own' });
  });

  it.each<[string, string, string]>([
    ['no JSON', 'hello', 'not JSON'],
    ['a list', '[1]', 'not a JSON object'],
    ['null', 'null', 'not a JSON object'],
    ['an unknown type', '{"type":"TASK_PAUSED","task_id":"t"}', 'of unknown type "TASK_PAUSED"'],
    ['a type of the prototype', '{"type":"constructor","task_id":"t"}', 'of unknown type "constructor"'],
    ['no type', '{"task_id":"t"}', 'without a type'],
    ['no task', '{"type":"TASK_FAILED"}', 'TASK_FAILED without a valid task_id'],
    [
      'a task id that is a path',
      '{"type":"TASK_FAILED","task_id":"../x"}',
      'TASK_FAILED without a valid task_id',
    ],
    ['10 MB', `{"type":"${'x'.repeat(10_000_000)}"}`, 'larger than 4194304 bytes'],
    ['brackets 50,000 deep', '['.repeat(50_000), 'nested deeper than 256 levels'],
  ])('that is %s is undecodable', (_name, text, why) => {
    expect(decodeTaskEvent(text)).toEqual({ kind: 'undecodable', why });
  });

  it('is measured in bytes, not in characters', () => {
    const text = JSON.stringify({ type: 'TASK_STARTED', task_id: 't-1', note: 'é'.repeat(100) });
    expect(decodeTaskEvent(text, text.length)).toMatchObject({ kind: 'undecodable' });
    expect(decodeTaskEvent(text, text.length + 100)).toMatchObject({ kind: 'event' });
  });
});
