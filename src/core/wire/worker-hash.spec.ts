import { trustedWorkerId } from '../ids';
import { fits } from '../placement/fit';
import { decodeWorkerHash } from './worker-hash';

const ID = trustedWorkerId('w-1');
const GIB = 2 ** 30;

const report = (hash: Record<string, string>) => decodeWorkerHash(ID, hash);
const hardware = (raw: unknown) =>
  report({ hardware_json: typeof raw === 'string' ? raw : JSON.stringify(raw) });
const gpu = (fields: object) =>
  hardware({ cpu: { logical_cores: 1 }, gpu: { gpus: [{ name: 'X', ...fields }] } }).hardware.gpus[0];

describe("a worker's hash", () => {
  it('is read in full', () => {
    const raw = {
      cpu: { logical_cores: 64, model: 'EPYC' },
      memory: { total_bytes: 256 * GIB },
      gpu: {
        driver_version: '550',
        cuda_version: '12',
        gpus: [{ index: 0, name: 'NVIDIA L4', uuid: 'GPU-1', vram: '23034 MiB' }],
      },
      network: { ip: '10.0.0.5', bandwidth_bytes_per_sec: 1e9 },
    };
    expect(
      report({
        worker_id: 'w-1',
        status: 'RUNNING',
        started_at: '2026-01-01T00:00:00Z',
        pid: '42',
        env_json: '{"HOME":"/root"}',
        hardware_json: JSON.stringify(raw),
        tags_json: '["a"]',
        last_seen: '2026-01-01T00:01:00Z',
        extra_task_id: 't-1',
        extra_last_task: 't-0',
        cost_per_hour: '1.25',
      }),
    ).toEqual({
      id: 'w-1',
      status: 'RUNNING',
      startedAt: '2026-01-01T00:00:00Z',
      pid: 42,
      env: { HOME: '/root' },
      hardware: {
        cpuCores: 64,
        memoryBytes: 256 * GIB,
        gpus: [{ name: 'NVIDIA L4', memoryBytes: 23_034 * 2 ** 20 }],
        ip: '10.0.0.5',
      },
      hardwareRaw: raw,
      tags: ['a'],
      lastSeen: '2026-01-01T00:01:00Z',
      extraTaskId: 't-1',
      extraLastTask: 't-0',
      costPerHour: 1.25,
      notes: [],
    });
  });

  it('of a heartbeat alone is listed and fits nothing', () => {
    const { hardware: machine, lastSeen, status, notes } = report({ last_seen: 'now' });
    expect({ lastSeen, status, notes }).toEqual({ lastSeen: 'now', status: null, notes: [] });
    expect(fits({ cpuCores: 1, memoryBytes: 1, gpu: null }, machine)).toBe(false);
  });

  it('with holes fits less: no memory figure is enough, no core count is none', () => {
    const { hardware: machine } = hardware({
      cpu: { logical_cores: 4 },
      memory: { total_bytes: null },
      gpu: null,
      network: null,
    });
    expect(machine).toEqual({ cpuCores: 4, memoryBytes: null, gpus: [], ip: null });
    expect(hardware({ memory: { total_bytes: 1 } }).hardware.cpuCores).toBeNull();
  });

  it.each<[string, object, number | null]>([
    ['memory_total_bytes', { memory_total_bytes: 80 * GIB }, 80 * GIB],
    ['memory.total_bytes', { memory: { total_bytes: 80 * GIB } }, 80 * GIB],
    ['memory.total_bytes as one key', { 'memory.total_bytes': 80 * GIB }, 80 * GIB],
    ['memory_bytes', { memory_bytes: String(80 * GIB) }, 80 * GIB],
    ['vram_bytes', { vram_bytes: 80 * GIB }, 80 * GIB],
    ['memory.total with a unit', { memory: { total: '81920 MiB' } }, 80 * GIB],
    ['memory.total as one key', { 'memory.total': '80GB' }, 80 * GIB],
    ['memory.total as nvidia-smi counts it', { 'memory.total': 81_920 }, 80 * GIB],
    ['vram with a unit', { vram: '80 GiB' }, 80 * GIB],
    ['vram as people count it', { vram: 80 }, 80 * GIB],
    ['vram in bytes', { vram: 80 * GIB }, 80 * GIB],
    ['memory itself', { memory: '80GiB' }, 80 * GIB],
    ['a null before a figure', { memory_total_bytes: null, vram: '80GB' }, 80 * GIB],
    ['none', {}, null],
    ['what a tool prints when it cannot tell', { 'memory.total': '[N/A]' }, null],
    ['zero', { memory_bytes: 0 }, null],
  ])("takes a GPU's memory from %s", (_name, fields, want) => {
    expect(gpu(fields)).toEqual({ name: 'X', memoryBytes: want });
  });

  it.each<[string, string]>([
    ['invalid JSON', '{"cpu":'],
    ['NaN', '{"cpu":{"logical_cores":NaN}}'],
    ['a list', '[]'],
    ['a negative core count', '{"cpu":{"logical_cores":-4}}'],
    ['endless cores', '{"cpu":{"logical_cores":1e400}}'],
    ['a billion cores', '{"cpu":{"logical_cores":1000000000}}'],
    ['cores in words', '{"cpu":{"logical_cores":"lots"}}'],
    ['negative memory', '{"cpu":{"logical_cores":4},"memory":{"total_bytes":-1}}'],
    ['endless memory', '{"cpu":{"logical_cores":4},"memory":{"total_bytes":1e400}}'],
    ['memory in words', '{"cpu":{"logical_cores":4},"memory":{"total_bytes":"1 banana"}}'],
    ['memory as a list', '{"cpu":{"logical_cores":4},"memory":{"total_bytes":[1]}}'],
    ['negative GPU memory', '{"cpu":{"logical_cores":4},"gpu":{"gpus":[{"name":"X","vram_bytes":-1}]}}'],
    ['300 KB of hardware', `{"cpu":{"logical_cores":4},"x":"${'x'.repeat(300_000)}"}`],
    ['hardware 50,000 deep', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
  ])('with %s is listed, says so, and fits nothing', (_name, raw) => {
    const { hardware: machine, id, notes } = hardware(raw);
    expect(id).toBe('w-1');
    expect(notes).toHaveLength(1);
    expect(fits({ cpuCores: 1, memoryBytes: 1, gpu: null }, machine)).toBe(false);
  });

  it('with 10 MB of tags drops them and says so', () => {
    const { tags, notes } = report({ tags_json: JSON.stringify(['x'.repeat(10_000_000)]) });
    expect(tags).toBeNull();
    expect(notes).toEqual(['tags_json dropped: 10000004 characters']);
  });

  it('with nonsense in plain fields reads it as nothing', () => {
    const read = report({
      status: '',
      pid: 'x',
      cost_per_hour: '-1',
      extra_task_id: 'None',
      started_at: 'None',
      env_json: '3',
    });
    expect(read).toMatchObject({
      status: null,
      pid: null,
      costPerHour: null,
      extraTaskId: null,
      startedAt: null,
      env: {},
    });
  });

  it('lists no more GPUs than a machine can hold, and skips what is none', () => {
    const gpus = [null, 'x', ...Array.from({ length: 1000 }, () => ({ name: 'X' }))];
    expect(hardware({ cpu: { logical_cores: 1 }, gpu: { gpus } }).hardware.gpus.length).toBeLessThanOrEqual(
      64,
    );
    expect(gpu({ name: null })?.name).toBe('unnamed');
  });
});
