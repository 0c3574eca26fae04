/** Requests of the tus protocol, by hand. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskId } from '../../src/core/ids';
import { type HttpApp, startHttpApp } from './app';
import { json } from './raw';

type Headers = Readonly<Record<string, string>>;

export const TUS = { 'Tus-Resumable': '1.0.0' };
export const CHUNK = { ...TUS, 'Content-Type': 'application/offset+octet-stream' };

/** `Upload-Metadata` of these pairs. */
export const metadata = (pairs: Readonly<Record<string, string>>): string =>
  Object.entries(pairs)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');

export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

export function create(
  { url }: Pick<HttpApp, 'url'>,
  pairs: Readonly<Record<string, string>>,
  length: number,
  headers: Headers = {},
): Promise<Response> {
  return fetch(`${url}/api/v1/uploads`, {
    method: 'POST',
    headers: { ...TUS, 'Upload-Length': String(length), 'Upload-Metadata': metadata(pairs), ...headers },
  });
}

/** Begins an upload; returns its URL. */
export async function begin(
  app: Pick<HttpApp, 'url'>,
  pairs: Readonly<Record<string, string>>,
  length: number,
  headers: Headers = {},
): Promise<string> {
  const answer = await create(app, pairs, length, headers);
  if (answer.status !== 201) throw new Error(await answer.text());
  return locationOf(answer);
}

export const locationOf = (answer: Response): string =>
  new URL(answer.headers.get('Location') ?? 'nowhere:', answer.url).href;

export const patch = (
  url: string,
  offset: number,
  body: Buffer | string,
  headers: Headers = {},
): Promise<Response> =>
  fetch(url, { method: 'PATCH', headers: { ...CHUNK, 'Upload-Offset': String(offset), ...headers }, body });

export const head = (url: string): Promise<Response> => fetch(url, { method: 'HEAD', headers: TUS });

export const terminate = (url: string): Promise<Response> => fetch(url, { method: 'DELETE', headers: TUS });

/** The offset that HEAD says. */
export async function offsetOf(url: string): Promise<number> {
  const answer = await head(url);
  if (answer.status !== 200) throw new Error(`HEAD is ${String(answer.status)}`);
  return Number(answer.headers.get('Upload-Offset'));
}

/** The same upload at another replica. */
export const at = (url: string, { url: base }: Pick<HttpApp, 'url'>): string =>
  new URL(new URL(url).pathname, base).href;

/** What `GET` says of an upload. */
export const about = async (url: string) => json(await fetch(url));

/** What is left of uploads on the volume, but for the records of those that are finished. */
export async function openUploads({ resultsDir }: Pick<HttpApp, 'resultsDir'>): Promise<string[]> {
  const names = await readdir(join(resultsDir, '.spool/uploads')).catch(() => []);
  return names.filter((name) => !name.endsWith('.json'));
}

/** The head of a PATCH, for bodies that are not to come whole. */
export const patchHead = (url: string, offset: number, length: number, more = ''): string =>
  `PATCH ${new URL(url).pathname} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\n` +
  `Content-Type: application/offset+octet-stream\r\n${more}` +
  `Upload-Offset: ${String(offset)}\r\nContent-Length: ${String(length)}\r\n\r\n`;

export const CAP = 8 * 1024 * 1024;

/** A service for the suite, with bounds that tests reach, and a task for each test. @param each is given both before it */
export function useUploads(each: (app: HttpApp, id: TaskId) => void): void {
  let app: HttpApp;
  beforeAll(async () => {
    app = await startHttpApp({
      UPLOAD_MAX_BYTES: String(CAP),
      MAX_OPEN_UPLOADS: '5',
      UPLOAD_EXPIRY_HOURS: '2',
      UPLOAD_MAX_HOURS: '5',
    });
  });
  beforeEach(async () => {
    each(app, await app.submit());
  });
  afterEach(async () => {
    // Every test ends what it began, so that what is left is a fault.
    expect(await openUploads(app)).toEqual([]);
  });
  afterAll(() => app.stop());
}
