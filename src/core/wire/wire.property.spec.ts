import fc from 'fast-check';
import { trustedAttemptId, trustedTaskId, trustedWorkerId } from '../ids';
import type { JsonObject, JsonValue } from '../json';
import type { TaskDocument } from '../model';
import { externalDelivery, isOurDestination, prepareDestination } from './destination';
import { dispatchMessage } from './dispatch-message';
import { decodeTaskEvent } from './task-events';
import { decodeWorkerEvent } from './worker-events';
import { decodeWorkerHash } from './worker-hash';

const anyJson = fc.jsonValue() as fc.Arbitrary<JsonValue>;
const eventText = fc
  .record(
    {
      type: fc.constantFrom(
        'TASK_STARTED',
        'TASK_SUCCEEDED',
        'TASK_FAILED',
        'REGISTER',
        'STATUS',
        'HEARTBEAT',
        'UNREGISTER',
      ),
      task_id: fc.oneof(fc.constant('t'), anyJson),
      worker_id: fc.oneof(fc.constant('w'), anyJson),
      ts: anyJson,
      result: anyJson,
      error: anyJson,
      payload: fc.oneof(anyJson, fc.record({ dispatched_at: anyJson, task_id: anyJson })),
      extra: anyJson,
      metrics: anyJson,
      tags: anyJson,
      status: anyJson,
      source: anyJson,
    },
    { requiredKeys: [] },
  )
  .map((event) => JSON.stringify(event));
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), eventText);
const kinds = ['event', 'own', 'undecodable'];

const number = fc.oneof(
  fc.double(),
  fc.maxSafeInteger(),
  fc.string(),
  fc.constantFrom('1e400', '-1', '80GB', 'N/A'),
  anyJson,
);
const hardware = fc.record(
  {
    cpu: fc.oneof(anyJson, fc.record({ logical_cores: number })),
    memory: fc.oneof(anyJson, fc.record({ total_bytes: number })),
    gpu: fc.oneof(
      anyJson,
      fc.record({ gpus: fc.array(fc.record({ name: anyJson, vram: number, memory: number })) }),
    ),
    network: fc.oneof(anyJson, fc.record({ ip: anyJson })),
  },
  { requiredKeys: [] },
);

describe('whatever comes over the wire', () => {
  it('a task event is read or refused, and never throws', () => {
    fc.assert(fc.property(text, (message) => kinds.includes(decodeTaskEvent(message).kind)));
  });

  it('a worker event is read or refused, and never throws', () => {
    fc.assert(fc.property(text, (message) => kinds.includes(decodeWorkerEvent(message).kind)));
  });

  it("a worker's hash becomes a report with figures that are null or sane", () => {
    const field = fc.oneof(
      text,
      hardware.map((raw) => JSON.stringify(raw)),
    );
    const names = fc.constantFrom(
      'hardware_json',
      'env_json',
      'tags_json',
      'pid',
      'status',
      'cost_per_hour',
      'extra_task_id',
    );
    fc.assert(
      fc.property(fc.dictionary(names, field), (hash) => {
        const { hardware: machine } = decodeWorkerHash(trustedWorkerId('w'), hash);
        const figures = [
          machine.cpuCores,
          machine.memoryBytes,
          ...machine.gpus.map(({ memoryBytes }) => memoryBytes),
        ];
        for (const figure of figures) {
          if (figure !== null) expect(Number.isSafeInteger(figure) && figure >= 0).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('a dispatch message is valid JSON and gives the document back', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), anyJson), (extra) => {
        const plain = JSON.parse(JSON.stringify(extra)) as JsonObject;
        const document = {
          apiVersion: 'v1',
          kind: 'Task',
          metadata: { name: 'n' },
          spec: { ...plain, taskType: 'echo' },
        };
        const { head, tail } = dispatchMessage({
          taskId: trustedTaskId('t'),
          document,
          taskType: 'echo',
          assignedWorker: trustedWorkerId('w'),
          attempt: 1,
          attemptId: trustedAttemptId('a'),
          parentTaskId: null,
          shard: null,
          trace: null,
        });
        expect((JSON.parse(`${head}2026-01-01T00:00:00Z${tail}`) as { task: JsonValue }).task).toEqual(
          document,
        );
      }),
    );
  });

  it('an output of any shape is prepared and read without a throw, and left alone unless it is ours', () => {
    const url = fc.oneof(fc.webUrl(), fc.string(), fc.constant('http://h/api/v1/results'));
    const destination = fc.oneof(
      anyJson,
      fc.record({ type: fc.constant('http'), url, headers: anyJson, timeoutSec: anyJson }),
    );
    fc.assert(
      fc.property(fc.oneof(anyJson, fc.record({ destination })), (output) => {
        const document = {
          apiVersion: 'v1',
          kind: 'Task',
          metadata: { name: 'n' },
          spec: { taskType: 'echo', output },
        } as TaskDocument;
        const sent = prepareDestination(document, trustedAttemptId('a'), null);
        const given = output as { destination?: JsonValue } | null;
        expect(sent === document).toBe(!isOurDestination(given?.destination));
        const delivery = externalDelivery(document);
        if (delivery !== null) expect(delivery.timeoutSec).toBeGreaterThan(0);
      }),
    );
  });
});
