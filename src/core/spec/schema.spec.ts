import type { JsonObject, JsonValue } from '../json';
import { formatPath } from '../json';
import { checkTask, type TaskFacts } from './schema';

const DEFAULTS = { maxRetries: 3, baseDelaySec: 5, maxDelaySec: 300 };
const GIB = 1024 ** 3;

interface Needs {
  hardware?: JsonValue;
  replicas?: JsonValue;
  [key: string]: JsonValue | undefined;
}

/** A spec that is right, but for what is given. */
function aSpec({ hardware = {}, replicas = 1, ...rest }: Needs): JsonObject {
  const fields = typeof hardware === 'object' && !Array.isArray(hardware) ? hardware : {};
  const needs = { cpu: '8', memory: '16GiB', ...fields };
  return { taskType: 'echo', resources: { replicas, hardware: needs }, ...rest };
}

function check(spec: JsonObject): { facts: TaskFacts | null; issues: string[]; messages: string[] } {
  const issues: string[] = [];
  const messages: string[] = [];
  const facts = checkTask(spec, DEFAULTS, (path, code, message) => {
    issues.push(`${formatPath(path)} ${code}`);
    messages.push(message);
  });
  return { facts, issues, messages };
}

const NAN = Number.NaN;

const spread = (maxShards: JsonValue): Needs => ({
  taskType: 'inference',
  parallel: { enabled: true, max_shards: maxShards },
});

describe('checkTask takes', () => {
  it.each<[string, Needs, Partial<TaskFacts>]>([
    ['the plain case', {}, { taskType: 'echo', replicas: 1, priority: 0, retry: DEFAULTS }],
    ['replicas as text', { replicas: '4' }, { replicas: 4 }],
    [
      'Kubernetes units',
      { hardware: { cpu: '500m', memory: '16 gb' } },
      { resources: { cpuCores: 1, memoryBytes: 16 * GIB, gpu: null } },
    ],
    [
      'an empty gpu as none',
      { hardware: { gpu: {} } },
      { resources: { cpuCores: 8, memoryBytes: 16 * GIB, gpu: null } },
    ],
    ['gpu: null as none', { hardware: { gpu: null } }, { replicas: 1 }],
    [
      'count 0 as none',
      { hardware: { gpu: { count: 0 } } },
      { resources: { cpuCores: 8, memoryBytes: 16 * GIB, gpu: null } },
    ],
    [
      'a gpu',
      { hardware: { gpu: { count: '2', type: 'nvidia-a100-80gb', memory: '40GiB' } } },
      {
        resources: {
          cpuCores: 8,
          memoryBytes: 16 * GIB,
          gpu: { count: 2, type: 'nvidia-a100-80gb', memoryBytes: 40 * GIB },
        },
      },
    ],
    ['a priority', { priority: -100 }, { priority: -100 }],
    ['half a priority', { priority: 0.5 }, { priority: 0.5 }],
    ['the highest priority for a higher one', { priority: 1e9 }, { priority: 1000 }],
    ['the lowest priority for a lower one', { priority: -1001 }, { priority: -1000 }],
    ["an executor's own priority", { priority: 'high' }, { priority: 0 }],
    [
      'a retry policy in part',
      { retry: { maxRetries: 0, baseDelaySec: 600 } },
      { retry: { maxRetries: 0, baseDelaySec: 600, maxDelaySec: 600 } },
    ],
    [
      'a short longest delay',
      { retry: { maxDelaySec: 1 } },
      { retry: { maxRetries: 3, baseDelaySec: 1, maxDelaySec: 1 } },
    ],
    [
      'parallel',
      { taskType: 'inference', parallel: { enabled: true, max_shards: 8 } },
      { taskType: 'inference' },
    ],
    ["an executor's own parallel", { taskType: 'sft', parallel: 4 }, { taskType: 'sft' }],
    [
      "an executor's own shard count",
      { taskType: 'sft', parallel: { enabled: true, max_shards: 'all' } },
      { taskType: 'sft' },
    ],
    [
      'a shard count that is switched off',
      { taskType: 'inference', parallel: { enabled: false, max_shards: 0 } },
      { taskType: 'inference' },
    ],
    ['a shard count alone', { taskType: 'inference', parallel: { max_shards: 0 } }, { replicas: 1 }],
    ['a timeout that is switched off', { timeoutSec: 0 }, { replicas: 1 }],
    ["an executor's own timeout", { timeoutSec: 'never' }, { replicas: 1 }],
  ])('%s', (_, needs, want) => {
    const { facts, issues } = check(aSpec(needs));
    expect(issues).toEqual([]);
    expect(facts).toMatchObject(want);
  });
});

describe('checkTask names', () => {
  it.each<[string, Needs, string[]]>([
    ['cpu: lots', { hardware: { cpu: 'lots' } }, ['spec.resources.hardware.cpu bad_quantity']],
    [
      'memory: 1 banana',
      { hardware: { memory: '1 banana' } },
      ['spec.resources.hardware.memory bad_quantity'],
    ],
    ['memory as a list', { hardware: { memory: [1] } }, ['spec.resources.hardware.memory bad_quantity']],
    ['replicas 0', { replicas: 0 }, ['spec.resources.replicas out_of_range']],
    ['half a replica', { replicas: 1.5 }, ['spec.resources.replicas out_of_range']],
    [
      'a gpu without count',
      { hardware: { gpu: { type: 'any' } } },
      ['spec.resources.hardware.gpu.count missing'],
    ],
    ['a gpu without type', { hardware: { gpu: { count: 1 } } }, ['spec.resources.hardware.gpu.type missing']],
    [
      'a negative count',
      { hardware: { gpu: { count: -1, type: 'any' } } },
      ['spec.resources.hardware.gpu.count out_of_range'],
    ],
    ['a gpu that is text', { hardware: { gpu: 'a100' } }, ['spec.resources.hardware.gpu wrong_type']],
    [
      'gpu memory that is none',
      { hardware: { gpu: { count: 1, type: 'any', memory: 'much' } } },
      ['spec.resources.hardware.gpu.memory bad_quantity'],
    ],
    ['a timeout below zero', { timeoutSec: -1 }, ['spec.timeoutSec out_of_range']],
    ['a retry that is a number', { retry: 3 }, ['spec.retry wrong_type']],
    [
      'bad numbers of a retry policy',
      { retry: { maxRetries: -1, baseDelaySec: 'soon', maxDelaySec: -5 } },
      [
        'spec.retry.maxRetries out_of_range',
        'spec.retry.baseDelaySec out_of_range',
        'spec.retry.maxDelaySec out_of_range',
      ],
    ],
    [
      'delays the wrong way round',
      { retry: { baseDelaySec: 10, maxDelaySec: 5 } },
      ['spec.retry.maxDelaySec out_of_range'],
    ],
    ['max_shards 1e9', spread(1e9), ['spec.parallel.max_shards out_of_range']],
    ['max_shards NaN', spread(NAN), ['spec.parallel.max_shards out_of_range']],
    ['max_shards -1', spread(-1), ['spec.parallel.max_shards out_of_range']],
    [
      'enabled that is text',
      { taskType: 'inference', parallel: { enabled: 'very' } },
      ['spec.parallel.enabled wrong_type'],
    ],
    [
      'parallel that is text',
      { taskType: 'inference', parallel: 'yes please' },
      ['spec.parallel wrong_type'],
    ],
    ['a task type that is none', { taskType: '' }, ['spec.taskType wrong_type']],
  ])('%s', (_, needs, want) => {
    const { facts, issues } = check(aSpec(needs));
    expect(issues).toEqual(want);
    expect(facts).toBeNull();
  });

  it('each required field of a spec that has none', () => {
    expect(check({}).issues).toEqual([
      'spec.taskType missing',
      'spec.resources.replicas missing',
      'spec.resources.hardware.cpu missing',
      'spec.resources.hardware.memory missing',
    ]);
  });

  it('the value that is wrong and what is right', () => {
    expect(check(aSpec({ hardware: { memory: '1 banana' } })).messages[0]).toBe(
      'memory is an amount such as "16GiB", "512M" or a number of bytes, not "1 banana"',
    );
  });
});
