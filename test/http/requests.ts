/** What a worker sends: its result, its files. */
import { createHash } from 'node:crypto';
import type { HttpApp } from './app';

const header = (attempt?: string): Record<string, string> =>
  attempt === undefined ? {} : { 'X-Orchestrator-Attempt': attempt };

export function postResult({ url }: Pick<HttpApp, 'url'>, body: object, attempt?: string): Promise<Response> {
  return fetch(`${url}/api/v1/results`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...header(attempt) },
    body: JSON.stringify(body),
  });
}

export function uploadFile(
  { url }: Pick<HttpApp, 'url'>,
  id: string,
  name: string,
  bytes: string | Buffer,
  attempt?: string,
): Promise<Response> {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(Buffer.from(bytes))]), name);
  return fetch(`${url}/api/v1/results/${id}/files`, { method: 'POST', headers: header(attempt), body: form });
}

/** The answer to an upload. */
export const storedAs = (id: string, filename: string, bytes: Buffer): object => ({
  ok: true,
  path: `${id}/${filename}`,
  filename,
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
});

/** As `Content-Digest` and its like carry it. */
export const digestOf = (bytes: Buffer | string): string =>
  `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`;
