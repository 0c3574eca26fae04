/** OpenAPI: what a collection of due results did, and what it would do. */
import type { GcDto, GcPreviewDto } from './gc.dto';

export const GC = {
  ok: true,
  dry_run: false,
  deleted_by_ttl: 2,
  deleted_by_quota: 0,
  kept: 1,
  records: 0,
  complete: true,
} satisfies GcDto;

export const GC_PREVIEW = {
  ok: true,
  dry_run: true,
  count: 1,
  bytes: 18_310,
  due: [
    {
      task_id: 'b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11',
      cause: 'ttl',
      ended_at: '2026-01-31T08:04:12.900310Z',
      size_bytes: 18_310,
    },
  ],
  kept_count: 1,
  kept: [
    {
      task_id: '53615ccf-858d-4efb-abd8-fec5b5bb63bb',
      cause: 'ttl',
      needed_by: '0b896a53-c380-4ba2-ac7b-ddb48ea55fa7',
      why: 'dependent',
    },
  ],
  unknown_count: 0,
  unknown: [],
  complete: true,
} satisfies GcPreviewDto;
