/** OpenAPI: what is sent to and answered by the task routes, as one story of a small pipeline. */
import type { ApiOperationOptions } from '@nestjs/swagger';
import type { SubmissionDto, TaskRecordDto } from './task.dto';

const YAML = `apiVersion: v1
kind: Task
metadata:
  name: digits
spec:
  taskType: echo
  echo: Hello from a worker
  resources:
    replicas: 1
    hardware: {cpu: 1, memory: 64MiB}
  stages:
    - name: train
    - name: report
      spec:
        echo: \${train.result.echo}
`;

const DOCUMENT = {
  apiVersion: 'v1',
  kind: 'Task',
  metadata: { name: 'hello' },
  spec: {
    taskType: 'echo',
    echo: 'Hello from a worker',
    resources: { replicas: 1, hardware: { cpu: 1, memory: '64MiB' } },
  },
};

/** The document as text, or as JSON: itself or its text. */
export function requestBody(
  yamlTypes: readonly string[],
  jsonType: string,
): NonNullable<ApiOperationOptions['requestBody']> {
  const yaml = {
    schema: { type: 'string', description: 'One document.' },
    examples: { pipeline: { summary: 'A pipeline of two stages', value: YAML } },
  };
  const json = {
    schema: { type: 'object', description: 'One document, or `{"yaml": "…"}`.', additionalProperties: true },
    examples: {
      document: { summary: 'The document itself', value: DOCUMENT },
      text: { summary: 'The text of a document', value: { yaml: YAML } },
    },
  };
  const content = Object.fromEntries(yamlTypes.map((type) => [type, yaml]));
  return { required: true, description: 'The task document.', content: { ...content, [jsonType]: json } };
}

const TRAIN = 'b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11';
const REPORT = '0b896a53-c380-4ba2-ac7b-ddb48ea55fa7';

export const SUBMISSION = {
  ok: true,
  count: 2,
  tasks: [
    {
      task_id: TRAIN,
      name: 'digits:train',
      status: 'PENDING',
      assigned_worker: null,
      topic: 'tasks',
      waiting_on: [],
      retries: 0,
      max_retries: 3,
    },
    {
      task_id: REPORT,
      name: 'digits:report',
      status: 'PENDING',
      assigned_worker: null,
      topic: 'tasks',
      waiting_on: [TRAIN],
      retries: 0,
      max_retries: 3,
    },
  ],
} satisfies SubmissionDto;

export const TASK = {
  task_id: TRAIN,
  name: 'digits:train',
  status: 'DONE',
  assigned_worker: 'gpu-1',
  topic: 'tasks',
  submitted_at: '2026-01-31T08:00:00.123456Z',
  started_at: '2026-01-31T08:00:00.204511Z',
  finished_at: '2026-01-31T08:04:12.900310Z',
  error: null,
  reason: null,
  retries: 0,
  max_retries: 3,
  next_retry_at: null,
  parent_task_id: null,
  shard_index: null,
  shard_total: null,
  graph_node_name: 'train',
  run_id: '3b7be524-1b06-444c-86a7-fc2b2db707f9',
  waiting_on: [],
  last_failed_worker: null,
  attempt: 1,
  result_deleted_at: null,
  result_deleted_because: null,
} satisfies TaskRecordDto;

export const CANCELLED_TASK = {
  ...TASK,
  status: 'CANCELLED',
  reason: 'cancelled by request',
} satisfies TaskRecordDto;
