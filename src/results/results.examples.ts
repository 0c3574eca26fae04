/** OpenAPI: what the result routes take and answer. */
import type { EnvelopeDto, PostResultDto, ResultStoredDto } from './results.dto';

const TASK_ID = 'b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11';

export const POSTED = {
  task_id: TASK_ID,
  worker_id: 'gpu-1',
  result: { accuracy: 0.8953, final_model_archive_url: `/api/v1/results/${TASK_ID}/files/final_model.zip` },
} satisfies PostResultDto;

export const STORED = { ok: true, path: `${TASK_ID}/responses.json` } satisfies ResultStoredDto;

export const KEPT = { ...STORED, spooled: true } satisfies ResultStoredDto;

export const ENVELOPE = {
  task_id: TASK_ID,
  worker_id: 'gpu-1',
  metadata: null,
  received_at: '2026-01-31T08:04:12.871Z',
  result: POSTED.result,
} satisfies EnvelopeDto;
