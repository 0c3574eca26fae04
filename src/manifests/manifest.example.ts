/** OpenAPI: the manifest of a task that trained on what another one prepared. */
import type { ManifestDto } from './manifest.dto';

const RESULT_SHA256 = '5c8a4b0f7f1d1a3c2b0e9d8c7b6a59483726150f4e3d2c1b0a9f8e7d6c5b4a39';

export const MANIFEST = {
  task_id: 'b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11',
  name: 'digits:train',
  status: 'DONE',
  finished_at: '2026-01-31T08:04:12.900310Z',
  worker_id: 'gpu-1',
  attempt: 1,
  attempt_id: '2027f8df-1432-4469-973e-0c3334ed8bc6',
  result_sha256: RESULT_SHA256,
  result_deleted_at: null,
  files: [
    {
      name: 'final_model.zip',
      kind: 'artifact',
      size: 7,
      sha256: '9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c',
      time: '2026-01-31T08:04:12.606000Z',
      attempt_id: '2027f8df-1432-4469-973e-0c3334ed8bc6',
    },
  ],
  left_out: [],
  declared: [{ name: '*.zip', required: true, present: true, files: ['final_model.zip'] }],
  missing: [],
  inputs: [
    {
      name: 'prepare',
      task_id: '53615ccf-858d-4efb-abd8-fec5b5bb63bb',
      result_sha256: RESULT_SHA256,
      files: [],
    },
  ],
  shards: [],
  made_at: '2026-01-31T08:05:00.000000Z',
} satisfies ManifestDto;
