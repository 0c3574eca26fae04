import { parseNvidiaSmi } from './hardware';
import { parseDestination, parseDispatch, taskEvent } from './protocol';
import { taskDirectory } from './result-files';

const message = {
  task_id: 't1',
  task: { spec: { taskType: 'echo' } },
  task_type: 'echo',
  assigned_worker: 'w1',
  dispatched_at: '2026-01-01T00:00:00.000001Z',
  attempt: 1,
};

describe('the worker protocol', () => {
  it('hears what is meant for this worker, and nothing else', () => {
    expect(parseDispatch(JSON.stringify(message), 'w1')).toMatchObject({ taskId: 't1', taskType: 'echo' });
    for (const text of [JSON.stringify({ ...message, assigned_worker: 'w2' }), '{', '[]', 'null', '{}']) {
      expect(parseDispatch(text, 'w1')).toBeNull();
    }
  });

  it('echoes the dispatch time in every event', () => {
    const dispatch = parseDispatch(JSON.stringify(message), 'w1');
    if (!dispatch) throw new Error('not heard');
    const times = { startedAt: new Date(0), finishedAt: new Date(1500) };
    expect(JSON.parse(taskEvent('TASK_FAILED', 'w1', dispatch, times, { error: 'no' }))).toMatchObject({
      type: 'TASK_FAILED',
      worker_id: 'w1',
      task_id: 't1',
      error: 'no',
      payload: { dispatched_at: message.dispatched_at, runtime_sec: 1.5 },
    });
  });

  it('reads where the result goes', () => {
    const http = { type: 'http', url: 'http://h/api/v1/results/', headers: { A: 'b', C: 1 } };
    expect(parseDestination({ output: { destination: http } })).toEqual({
      http: { url: 'http://h/api/v1/results', headers: { A: 'b' }, timeoutSec: 15 },
      folder: '',
    });
    expect(parseDestination({ output: { destination: { type: 'local', path: 'runs' } } })).toEqual({
      http: null,
      folder: 'runs',
    });
    expect(parseDestination({})).toEqual({ http: null, folder: '' });
  });

  it('keeps results inside the results directory', () => {
    expect(taskDirectory('/srv/results', 'runs', 't1')).toBe('/srv/results/runs/t1');
    expect(() => taskDirectory('/srv/results', '../..', 't1')).toThrow(/leads out/);
    expect(() => taskDirectory('/srv/results', '/etc', 't1')).toThrow(/leads out/);
  });

  it('reports what nvidia-smi says', () => {
    expect(parseNvidiaSmi('0, NVIDIA A100-SXM4-80GB, GPU-1, 81920, 550.54\n')).toEqual({
      driver_version: '550.54',
      cuda_version: null,
      gpus: [
        { index: 0, name: 'NVIDIA A100-SXM4-80GB', uuid: 'GPU-1', memory_total_bytes: 81_920 * 1024 * 1024 },
      ],
    });
  });
});
