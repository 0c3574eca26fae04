/** A typed client of the HTTP interface, as a test reads it; every answer it waits for has a deadline. */
import { createHash } from 'node:crypto';
import { waitFor, type WaitOptions } from './wait';

export type Status = 'PENDING' | 'WAITING' | 'DISPATCHED' | 'RUNNING' | 'DONE' | 'FAILED' | 'CANCELLED';

/** A task as clients in the field read it. */
export interface TaskRecord {
  task_id: string;
  name: string;
  status: Status;
  assigned_worker: string | null;
  topic: string | null;
  submitted_at: string;
  started_at: string | null;
  finished_at: string | null;
  error: string | null;
  reason: string | null;
  retries: number;
  max_retries: number;
  next_retry_at: string | null;
  parent_task_id: string | null;
  shard_index: number | null;
  shard_total: number | null;
  graph_node_name: string | null;
  run_id: string;
  waiting_on: string[];
  last_failed_worker: string | null;
  attempt: number;
  parsed?: Record<string, unknown>;
  raw_yaml?: string;
}

export interface Submission {
  ok: true;
  count: number;
  tasks: Pick<TaskRecord, 'task_id' | 'status' | 'waiting_on' | 'retries' | 'max_retries' | 'name'>[];
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  errors?: { path: string; line?: number; column?: number; code: string; message: string }[];
}

export interface WorkerRecord {
  worker_id: string;
  status: string | null;
  started_at: string | null;
  pid: number | string | null;
  env: unknown;
  hardware: Record<string, unknown> | null;
  tags: unknown;
  last_seen: string | null;
  stale: boolean;
}

export interface StoredEnvelope {
  task_id: string;
  worker_id: string | null;
  metadata: Record<string, unknown> | null;
  received_at: string | null;
  result: Record<string, unknown>;
}

export interface StoredFile {
  name: string;
  size: number;
  sha256: string;
}

/** Anything that has a text to submit: a builder, or the text itself. */
export type Document = string | { toYaml(): string };

const textOf = (document: Document): string => (typeof document === 'string' ? document : document.toYaml());

export class Client {
  constructor(
    readonly url: string,
    private readonly token: string | null = null,
  ) {}

  /** Where documents tell workers to deliver. */
  get resultsUrl(): string {
    return `${this.url}/api/v1/results`;
  }

  /** One request, whatever the answer; the token goes along when there is one. */
  request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.token !== null && !headers.has('authorization')) {
      headers.set('authorization', `Bearer ${this.token}`);
    }
    return fetch(new URL(path, this.url), { ...init, headers });
  }

  post(path: string, body: unknown): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return this.request(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  submitRaw(
    document: Document,
    contentType = 'text/yaml',
    more: Record<string, string> = {},
  ): Promise<Response> {
    const headers = { ...more, 'content-type': contentType };
    return this.request('/api/v1/tasks', { method: 'POST', headers, body: textOf(document) });
  }

  /** Submits a document that is expected to be taken; throws with the answer when it is not. */
  async submit(document: Document): Promise<Submission> {
    return this.expect<Submission>(await this.submitRaw(document), 201);
  }

  /** Submits and gives the ids in document order. */
  async submitIds(document: Document): Promise<string[]> {
    const submission = await this.submit(document);
    return submission.tasks.map((task) => task.task_id);
  }

  /** Submits a document of one task and gives its id. */
  async submitOne(document: Document): Promise<string> {
    const [id, ...more] = await this.submitIds(document);
    if (id === undefined || more.length > 0)
      throw new Error(`expected one task, not ${String(more.length + 1)}`);
    return id;
  }

  /** Submits a document that is expected to be refused with 422. */
  async refused(document: Document): Promise<Problem> {
    return this.expect<Problem>(await this.submitRaw(document), 422);
  }

  async task(id: string): Promise<TaskRecord> {
    return this.expect<TaskRecord>(await this.request(`/api/v1/tasks/${id}`), 200);
  }

  async tasks(query = ''): Promise<TaskRecord[]> {
    return this.expect<TaskRecord[]>(await this.request(`/api/v1/tasks${query}`), 200);
  }

  async result(id: string): Promise<StoredEnvelope> {
    return this.expect<StoredEnvelope>(await this.request(`/api/v1/results/${id}`), 200);
  }

  async files(id: string): Promise<StoredFile[]> {
    const body = await this.expect<StoredFile[] | { files: StoredFile[] }>(
      await this.request(`/api/v1/results/${id}/files`),
      200,
    );
    return Array.isArray(body) ? body : body.files;
  }

  async workers(): Promise<WorkerRecord[]> {
    const body = await this.expect<WorkerRecord[] | { workers: WorkerRecord[] }>(
      await this.request('/workers'),
      200,
    );
    return Array.isArray(body) ? body : body.workers;
  }

  /** Waits until the task looks as `wanted` says: a status, or a condition on its record. */
  async until(
    id: string,
    wanted: Status | ((record: TaskRecord) => boolean),
    options: WaitOptions = {},
  ): Promise<TaskRecord> {
    let last: TaskRecord | null = null;
    const look = async (): Promise<TaskRecord | false> => {
      last = await this.task(id);
      const ended = ['DONE', 'FAILED', 'CANCELLED'].includes(last.status);
      if (typeof wanted === 'function') return wanted(last) && last;
      if (ended && last.status !== wanted) {
        throw new Error(`task ${last.name} ended ${last.status}, not ${wanted}: ${JSON.stringify(last)}`);
      }
      return last.status === wanted && last;
    };
    const what =
      typeof wanted === 'string' ? `task ${id} to be ${wanted}` : `task ${id}: ${wanted.toString()}`;
    return waitFor(what, look, options, () => `last seen: ${JSON.stringify(last)}`);
  }

  /** Waits until every one of the tasks has the status. */
  async untilAll(ids: readonly string[], wanted: Status, options: WaitOptions = {}): Promise<TaskRecord[]> {
    const records: TaskRecord[] = [];
    for (const id of ids) records.push(await this.until(id, wanted, options));
    return records;
  }

  private async expect<T>(response: Response, status: number): Promise<T> {
    const text = await response.text();
    if (response.status !== status) {
      throw new Error(`expected ${String(status)}, got ${String(response.status)}: ${text.slice(0, 2_000)}`);
    }
    return JSON.parse(text) as T;
  }
}

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');
