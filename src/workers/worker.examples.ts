/** OpenAPI: a worker as the worker routes show it. */
import type { WorkerDto } from './worker.dto';

export const WORKER = {
  worker_id: 'gpu-1',
  status: 'IDLE',
  started_at: '2026-01-31T07:00:00.000000Z',
  pid: 17,
  env: { PYTHON_VERSION: '3.11' },
  hardware: {
    cpu: { logical_cores: 64, model: 'AMD EPYC' },
    memory: { total_bytes: 549_755_813_888 },
    gpu: {
      driver_version: '550.54',
      cuda_version: '12.4',
      gpus: [
        { index: 0, name: 'NVIDIA A100-SXM4-80GB', uuid: 'GPU-5c2f', memory_total_bytes: 85_899_345_920 },
      ],
    },
    network: { ip: '192.0.2.2' },
  },
  tags: ['training'],
  last_seen: '2026-01-31T08:00:30.000000Z',
  stale: false,
  task_id: null,
  cost_per_hour: 1.25,
} satisfies WorkerDto;
