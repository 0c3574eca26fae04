/** What clients do that are no workers: they post and upload on their own, and what they were answered is kept. */
import { connect, type Socket } from 'node:net';
import { Client } from '../../helpers/client';
import { waitFor } from '../../helpers/wait';
import { begin, offsetOf, patch } from '../../http/tus';
import type { History } from './history';
import { sharedClockMs } from './shared-clock';
import { sha256 } from './stored';

/** Each request has a connection of its own: none is bound to a replica that has stopped. */
export class SessionlessClient extends Client {
  override request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('connection', 'close');
    return super.request(path, { ...init, headers });
  }
}

interface Post {
  taskId: string;
  attemptId: string | null;
  result: unknown;
}

/** Posts a result as a worker does; the status, or null when no answer came. */
export async function postResult(history: History, api: Client, post: Post): Promise<number | null> {
  const { taskId, attemptId, result } = post;
  const sent = { taskId, attemptId, sha256: sha256(JSON.stringify(result)) };
  const sentAt = sharedClockMs();
  history.add({ kind: 'sending', ...sent, name: null });
  const { status, why } = await answerOf(
    api.request('/api/v1/results', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...attemptHeader(attemptId) },
      body: JSON.stringify({ task_id: taskId, result }),
    }),
  );
  history.add({ kind: 'posted', ...sent, status, sentAt, why });
  return status;
}

/** Asks once that what a task has stored be deleted; the status, or null when no answer came. */
export async function deleteResult(history: History, api: Client, taskId: string): Promise<number | null> {
  const { status, why } = await answerOf(api.request(`/api/v1/results/${taskId}`, { method: 'DELETE' }));
  history.add({ kind: 'deleted', taskId, status, why });
  return status;
}

interface Upload {
  taskId: string;
  attemptId: string | null;
  name: string;
  bytes: Buffer;
}

/** Uploads a file as a trainer does; the status, or null when no answer came. */
export async function uploadFile(history: History, api: Client, upload: Upload): Promise<number | null> {
  const { taskId, attemptId, name, bytes } = upload;
  const sent = { taskId, attemptId, name, sha256: sha256(bytes) };
  const sentAt = sharedClockMs();
  history.add({ kind: 'sending', ...sent });
  const body = new FormData();
  body.append('file', new Blob([Uint8Array.from(bytes)]), name);
  const { status, why } = await answerOf(
    api.request(`/api/v1/results/${taskId}/files`, {
      method: 'POST',
      headers: attemptHeader(attemptId),
      body,
    }),
  );
  history.add({ kind: 'uploaded', ...sent, status, sentAt, why });
  return status;
}

/** Uploads by the tus protocol, and goes on wherever the service says, for as long as it takes. */
export async function uploadInParts(
  history: History,
  api: Client,
  { taskId, attemptId, name, bytes }: Upload,
  { partBytes, everyMs }: { partBytes: number; everyMs: number },
): Promise<void> {
  const sent = { taskId, attemptId, name, sha256: sha256(bytes) };
  const sentAt = sharedClockMs();
  history.add({ kind: 'sending', ...sent });
  const about = { task_id: taskId, filename: name, sha256: sent.sha256 };
  const url = await begin(api, about, bytes.length, attemptHeader(attemptId));
  const connection = { Connection: 'close' };
  await waitFor(
    `${name} to be uploaded`,
    async () => {
      const offset = await offsetOf(url).catch(() => null);
      if (offset === bytes.length) return true;
      if (offset === null) return false;
      // Whatever is answered, or not: how much has come is asked for again.
      await patch(url, offset, bytes.subarray(offset, offset + partBytes), connection).catch(() => null);
      return false;
    },
    { withinMs: 120_000, everyMs },
  );
  history.add({ kind: 'uploaded', ...sent, status: 201, sentAt, why: 'its full offset was said' });
}

const attemptHeader = (attemptId: string | null): Record<string, string> =>
  attemptId === null ? {} : { 'x-orchestrator-attempt': attemptId };

async function answerOf(request: Promise<Response>): Promise<{ status: number | null; why: string }> {
  try {
    const response = await request;
    return { status: response.status, why: await response.text() };
  } catch (thrown) {
    return { status: null, why: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

/** An upload whose bytes come when the test sends them. */
export class SlowUpload {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  private answer = '';
  private left: Buffer;

  /** Opens the request and sends its head; the bytes follow one by one or all at once. */
  constructor(history: History, api: Client, upload: Upload, token: string | null = null) {
    const { taskId, attemptId, name, bytes } = upload;
    const sent = { taskId, attemptId, name, sha256: sha256(bytes) };
    const sentAt = sharedClockMs();
    history.add({ kind: 'sending', ...sent });
    const boundary = 'slow-upload';
    const opening = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`;
    const closing = `\r\n--${boundary}--\r\n`;
    const length = opening.length + bytes.length + closing.length;
    const { hostname, port } = new URL(api.url);
    this.socket = connect(Number(port), hostname);
    this.socket.on('data', (chunk) => (this.answer += chunk.toString('latin1')));
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      this.socket.once('close', () => {
        history.add({ kind: 'uploaded', ...sent, status: this.status(), sentAt, why: this.answer });
        resolve();
      });
    });
    this.socket.write(
      [
        `POST /api/v1/results/${taskId}/files HTTP/1.1`,
        `Host: ${hostname}`,
        'Connection: close',
        `Content-Type: multipart/form-data; boundary=${boundary}`,
        `Content-Length: ${String(length)}`,
        ...(attemptId === null ? [] : [`X-Orchestrator-Attempt: ${attemptId}`]),
        ...(token === null ? [] : [`Authorization: Bearer ${token}`]),
        '',
        opening,
      ].join('\r\n'),
    );
    this.left = Buffer.concat([bytes, Buffer.from(closing)]);
  }

  /** So many further bytes, as long as there are any. */
  send(count: number): void {
    this.socket.write(this.left.subarray(0, count));
    this.left = this.left.subarray(count);
  }

  /** All that is left; gives the status, or null when the connection ended without one. */
  async finish(): Promise<number | null> {
    this.send(this.left.length);
    await this.closed;
    return this.status();
  }

  status(): number | null {
    const [, status] = this.answer.split(' ');
    return status === undefined ? null : Number(status);
  }

  abort(): void {
    this.socket.resetAndDestroy();
  }
}
