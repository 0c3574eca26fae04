/** The client: one method for each thing that users of a fleet do, and `http` for every other route. */
import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './generated/api';
import { ProblemError } from './problem';
import { persistent, type RetrySettings } from './retry';
import { impatient } from './silence';
import { waitUntilEnded, type WaitOptions } from './wait';
import { whole } from './whole';

type Schemas = components['schemas'];
export type TaskRecord = Schemas['TaskRecordDto'];
export type TaskStatus = TaskRecord['status'];
export type Submission = Schemas['SubmissionDto'];
export type StoredFile = Schemas['FileDto'];
export type UploadedFile = Schemas['UploadedFileDto'];
export type WorkerRecord = Schemas['WorkerDto'];
/** A result with what is known of it; `T` is what the task's executor gives. */
export type Envelope<T = unknown> = Omit<Schemas['EnvelopeDto'], 'result'> & { result: T };

export interface ClientOptions {
  /** Where the service is, e.g. `http://127.0.0.1:8000`. */
  url: string;
  /** One of the service's ORCHESTRATOR_TOKEN; not needed while it has none. */
  token?: string;
  /** How often a request that is safe to repeat is sent again when it is not answered, or with 429, 502, 503 or 504. 3. */
  retries?: number;
  /**
   * So long the service may be silent, in milliseconds, before its answer and within it; then the request counts as not
   * answered. 30 s. The answer to an upload is waited for until its `signal` says otherwise.
   */
  silenceMs?: number;
  /** In place of the global one. */
  fetch?: (request: Request) => Promise<Response>;
}

export interface CallOptions {
  signal?: AbortSignal;
}

export interface ListOptions extends CallOptions {
  status?: TaskStatus;
  /** A part of the name, in any case. */
  name?: string;
  /** With the documents of the tasks. */
  full?: boolean;
  /** So many records at most, over all pages. All of them by default. */
  limit?: number;
  /** So many records at a time, 1 to 1,000; that, or `limit` where it is less, by default. */
  pageSize?: number;
}

export interface Download {
  name: string;
  body: ReadableStream<Uint8Array>;
  /** null when the service does not say. */
  sizeBytes: number | null;
  /** Hex, of the whole file; null when the service does not say. */
  sha256: string | null;
}

/** What can be sent as a file: a stream is sent as it comes, a Blob (in Node `fs.openAsBlob`) with its length. */
export type FileBody = Blob | ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | string;

const FIRST_RETRY_MS = 500;
const SILENCE_MS = 30_000;
const LARGEST_PAGE = 1_000;

interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/**
 * Every method throws `ProblemError` when the service says no, `UnreachableError` when nothing is heard of it, and the
 * reason of `signal` when that is aborted.
 */
export class Orchestrator {
  /** Every route, typed from the OpenAPI document; it answers `{data, error, response}`. */
  readonly http: Client<paths>;
  private readonly url: string;
  private readonly retries: number;

  constructor({ url, token, retries = 3, silenceMs = SILENCE_MS, fetch = globalThis.fetch }: ClientOptions) {
    this.url = url.replace(/\/+$/, '');
    this.retries = retries;
    const settings: RetrySettings = {
      retries,
      baseDelayMs: FIRST_RETRY_MS,
      fetch: impatient((request) => fetch(request), silenceMs),
    };
    this.http = createClient<paths>({
      baseUrl: this.url,
      fetch: persistent(settings),
      headers: token === undefined || token === '' ? {} : { Authorization: `Bearer ${token}` },
    });
  }

  /**
   * Registers all tasks of a document, or none: then the error has every mistake in `issues`. `document` is YAML (or
   * JSON) text. Without a key of the caller's it is sent under a random one, so that it is registered once although it
   * may be sent again.
   */
  async submit(
    document: string,
    { idempotencyKey = crypto.randomUUID(), signal }: CallOptions & { idempotencyKey?: string } = {},
  ): Promise<Submission> {
    return dataOf(
      await this.http.POST('/api/v1/tasks', {
        params: { header: { 'Idempotency-Key': idempotencyKey } },
        headers: { 'Content-Type': 'text/yaml' },
        body: document,
        bodySerializer: (body) => body,
        ...given({ signal }),
      }),
    );
  }

  /**
   * The records of the tasks, in the order of `ids`, once all have ended: DONE, FAILED or CANCELLED. While the service
   * is away or silent it waits on, up to `patienceMs`.
   * @throws WaitTimeoutError after `timeoutMs`
   */
  waitFor(ids: readonly string[], options: WaitOptions = {}): Promise<TaskRecord[]> {
    return waitUntilEnded(ids, (id, signal) => this.task(id, given({ signal })), options);
  }

  async task(id: string, { signal }: CallOptions = {}): Promise<TaskRecord> {
    return dataOf(
      await this.http.GET('/api/v1/tasks/{id}', { params: { path: { id } }, ...given({ signal }) }),
    );
  }

  /** Newest first, page by page as they are asked for. */
  async *tasks({
    status,
    name,
    full,
    limit = Infinity,
    pageSize = LARGEST_PAGE,
    signal,
  }: ListOptions = {}): AsyncGenerator<TaskRecord, void, void> {
    let cursor: number | undefined;
    for (let left = limit; left > 0;) {
      const query = given({ status, name, full, cursor, limit: Math.min(pageSize, left) });
      const outcome: Outcome<TaskRecord[]> = await this.http.GET('/api/v1/tasks', {
        params: { query },
        ...given({ signal }),
      });
      const page = dataOf(outcome);
      yield* page;
      left -= page.length;
      cursor = nextCursor(outcome.response);
      if (cursor === undefined) return;
    }
  }

  /** The record, cancelled; shards and everything downstream are cancelled with it. */
  async cancel(id: string, { signal }: CallOptions = {}): Promise<TaskRecord> {
    return dataOf(
      await this.http.POST('/api/v1/tasks/{id}/cancel', { params: { path: { id } }, ...given({ signal }) }),
    );
  }

  /** The stored result; `ProblemError` 404 while there is none. `T` is not checked. */
  async result<T = unknown>(id: string, { signal }: CallOptions = {}): Promise<Envelope<T>> {
    const envelope = dataOf(
      await this.http.GET('/api/v1/results/{id}', { params: { path: { id } }, ...given({ signal }) }),
    );
    return envelope as Envelope<T>;
  }

  /** The same as bytes, for results that do not belong into memory. */
  async resultStream(id: string, { signal }: CallOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const outcome = await this.http.GET('/api/v1/results/{id}', {
      params: { path: { id } },
      parseAs: 'stream',
      ...given({ signal }),
    });
    return dataOf(outcome) ?? new Blob([]).stream();
  }

  async files(id: string, { signal }: CallOptions = {}): Promise<StoredFile[]> {
    return dataOf(
      await this.http.GET('/api/v1/results/{id}/files', { params: { path: { id } }, ...given({ signal }) }),
    );
  }

  /** Adds a file to a task. With `sha256` (hex) the service compares, and stores nothing else. */
  async upload(
    id: string,
    name: string,
    body: FileBody,
    { sha256, signal }: CallOptions & { sha256?: string } = {},
  ): Promise<UploadedFile> {
    const digest = sha256 === undefined ? {} : { 'Content-Digest': `sha-256=:${base64OfHex(sha256)}:` };
    return dataOf(
      await this.http.PUT('/api/v1/results/{id}/files/{name}', {
        params: { path: { id, name }, header: digest },
        headers: { 'Content-Type': 'application/octet-stream' },
        body: '',
        bodySerializer: () => body,
        // What fetch asks of bodies whose end is not known yet.
        ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
        ...given({ signal }),
      }),
    );
  }

  /**
   * A file as it comes; nothing of it is kept in memory. Where it breaks off it goes on, and a body that is shorter than
   * the file is an `UnreachableError` at its end. The digest is for the caller to compare.
   */
  async download(id: string, name: string, { signal }: CallOptions = {}): Promise<Download> {
    const route = '/api/v1/results/{id}/files/{name}';
    const call = { params: { path: { id, name } }, parseAs: 'stream' as const, ...given({ signal }) };
    const outcome = await this.http.GET(route, call);
    const first = dataOf(outcome) ?? new Blob([]).stream();
    let { headers } = outcome.response;
    const tag = headers.get('ETag');
    if (sha256Of(headers) === null) {
      // Storage that the service leads to knows no digest; the service does.
      const described = await this.http.HEAD(route, call);
      if (!described.response.ok) await first.cancel();
      dataOf(described);
      ({ headers } = described.response);
    }
    const length = headers.get('Content-Length');
    const sizeBytes = length === null || headers.has('Content-Encoding') ? null : Number(length);
    const reopen = async (fromByte: number): Promise<ReadableStream<Uint8Array> | null> => {
      // Without a tag of its own it may be another file by now.
      if (tag === null || tag.startsWith('W/')) return null;
      const range = { Range: `bytes=${String(fromByte)}-`, 'If-Range': tag };
      const rest = await this.http.GET(route, { ...call, headers: range });
      const body = dataOf(rest) ?? null;
      const isRest = rest.response.headers.get('Content-Range')?.startsWith(`bytes ${String(fromByte)}-`);
      if (isRest === true) return body;
      await body?.cancel();
      return null;
    };
    const { url, retries } = this;
    return {
      name,
      body: whole(first, { url, sizeBytes, retries, reopen }),
      sizeBytes,
      sha256: sha256Of(headers),
    };
  }

  async workers({ signal }: CallOptions = {}): Promise<WorkerRecord[]> {
    return dataOf(await this.http.GET('/workers', given({ signal })));
  }

  async worker(id: string, { signal }: CallOptions = {}): Promise<WorkerRecord> {
    return dataOf(await this.http.GET('/workers/{id}', { params: { path: { id } }, ...given({ signal }) }));
  }
}

function dataOf<T>({ data, error, response }: Outcome<T>): T {
  if (response.ok) return data as T;
  throw ProblemError.read(typeof error === 'string' ? error : JSON.stringify(error), response);
}

/** The members that are given. */
function given<T extends Record<string, unknown>>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** From `Link: </api/v1/tasks?…&cursor=10>; rel="next"`. */
function nextCursor({ headers }: Response): number | undefined {
  const next = /<([^>]*)>;\s*rel="next"/.exec(headers.get('Link') ?? '')?.[1];
  if (next === undefined) return undefined;
  const cursor = new URL(next, 'http://service').searchParams.get('cursor');
  return cursor === null ? undefined : Number(cursor);
}

/** The service's ETag is the digest of the file. */
function sha256Of(headers: Headers): string | null {
  return /^"([0-9a-f]{64})"$/.exec(headers.get('ETag') ?? '')?.[1] ?? null;
}

function base64OfHex(hex: string): string {
  const bytes = hex.match(/../g) ?? [];
  return btoa(bytes.map((byte) => String.fromCharCode(parseInt(byte, 16))).join(''));
}
