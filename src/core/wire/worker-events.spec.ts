import { decodeWorkerEvent } from './worker-events';

const decode = (event: unknown) => decodeWorkerEvent(JSON.stringify(event));
const common = { kind: 'event', workerId: 'w-1' };

describe('a worker event', () => {
  it.each<[string, object, object]>([
    [
      'of an older worker that registers',
      { type: 'REGISTER', worker_id: 'w-1', ts: '2026-01-01T00:00:00Z', status: 'STARTING', tags: ['gpu'] },
      { ...common, type: 'REGISTER' },
    ],
    [
      'of a newer worker that registers',
      {
        type: 'REGISTER',
        worker_id: 'w-1',
        status: null,
        tags: null,
        payload: { status: 'STARTING', tags: { a: 1 } },
      },
      { ...common, type: 'REGISTER' },
    ],
    [
      'of an older worker that runs a task',
      { type: 'STATUS', worker_id: 'w-1', status: 'RUNNING', extra: { task_id: 't-1' } },
      { ...common, type: 'STATUS', status: 'RUNNING', taskId: 't-1', lastTask: null, tellsStart: false },
    ],
    [
      'of an older worker that has ended one',
      { type: 'STATUS', worker_id: 'w-1', status: 'IDLE', extra: { last_task: 't-1' } },
      { ...common, type: 'STATUS', status: 'IDLE', taskId: null, lastTask: 't-1', tellsStart: false },
    ],
    [
      'of a newer worker that runs a task',
      {
        type: 'STATUS',
        worker_id: 'w-1',
        status: 'RUNNING',
        extra: null,
        payload: { task_id: 't-1', last_task: null },
      },
      { ...common, type: 'STATUS', status: 'RUNNING', taskId: 't-1', lastTask: null, tellsStart: true },
    ],
    [
      'of a heart that beats',
      { type: 'HEARTBEAT', worker_id: 'w-1', metrics: { load: [0.5, 1] } },
      { ...common, type: 'HEARTBEAT' },
    ],
    ['of a goodbye', { type: 'UNREGISTER', worker_id: 'w-1' }, { ...common, type: 'UNREGISTER' }],
  ])('%s is read', (_name, event, want) => {
    expect(decode(event)).toEqual(want);
  });

  it('of our own is known again', () => {
    expect(decode({ type: 'WORKER_STALE', source: 'orchestrator', worker_id: 'w-1' })).toEqual({
      kind: 'own',
    });
  });

  it.each<[string, string, string]>([
    ['no JSON', '{', 'not JSON'],
    ['an unknown type', '{"type":"DANCE","worker_id":"w"}', 'of unknown type "DANCE"'],
    ['no type', '{"worker_id":"w"}', 'without a type'],
    ['a worker without a name', '{"type":"STATUS","worker_id":""}', 'STATUS without a valid worker_id'],
  ])('that is %s is undecodable', (_name, text, why) => {
    expect(decodeWorkerEvent(text)).toEqual({ kind: 'undecodable', why });
  });
});
