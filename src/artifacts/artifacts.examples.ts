/** OpenAPI: what the file routes take and answer. */
import type { FileDto, UploadedFileDto } from './artifacts.dto';

const TASK_ID = 'b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11';
const NAME = 'final_model.zip';
const ABOUT = { size: 7, sha256: '9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c' };

export const FORM = { sha256: ABOUT.sha256, file: 'the bytes of the file' };

export const UPLOADED = {
  ok: true,
  path: `${TASK_ID}/${NAME}`,
  filename: NAME,
  ...ABOUT,
} satisfies UploadedFileDto;

export const KEPT = { ...UPLOADED, spooled: true } satisfies UploadedFileDto;

export const FILE = {
  name: 'checkpoint-500/model.safetensors',
  url: 'files/checkpoint-500%2Fmodel.safetensors',
  ...ABOUT,
  time: '2026-01-31T08:04:12.606Z',
} satisfies FileDto;
