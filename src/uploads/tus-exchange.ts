/** One request of the tus protocol: `@tus/server` speaks it, Express and the problem filter answer it. */
import { HttpException, Injectable } from '@nestjs/common';
import type { Server } from '@tus/server';
import type { Request as ExpressRequest, Response as ExpressResponse } from 'express';
import { PassThrough, Readable } from 'node:stream';
import { Inbox } from '../artifacts/inbox';
import { AppConfig } from '../config/app-config';
import { ProblemError } from '../core/errors';
import { asError } from '../http/errno';
import { requireContentType, requireUncompressed } from '../http/read-body';
import { RequestTraces } from '../tasks/request-traces';
import { announcedChecksum, CHECKSUM_ALGORITHMS } from './chunk-checksum';
import { FinishUpload } from './finish-upload';
import { RunningDigests } from './running-digests';
import { newUploadId, TusStore, type UploadParts } from './tus-store';
import { UploadFiles } from './upload-files';
import { UploadLocks } from './upload-locks';
import { UploadRoom } from './upload-room';

const UPLOADS_PATH = '/api/v1/uploads';
export const TUS_VERSION = '1.0.0';
const CHUNK_TYPE = 'application/offset+octet-stream';
/** How long a request may go on whose upload another request waits for; 0 would be the library's own 3 s. */
const LOCK_DRAIN_MS = 1;

const METHODS: ReadonlySet<string> = new Set(['POST', 'PATCH', 'HEAD', 'DELETE']);

/** All that the protocol knows: nothing else of a request is handed on. */
const READ = ['tus-resumable', 'content-type', 'content-length'];
const isRead = (name: string): boolean => READ.includes(name) || name.startsWith('upload-');
/** The service has no cross-origin access on any route. */
const isSent = (name: string): boolean => !/^(?:access-control-|content-type$|content-length$)/.test(name);

@Injectable()
export class TusExchange {
  private readonly parts: UploadParts;
  private readonly maxSize: number | null;

  constructor(
    config: AppConfig,
    files: UploadFiles,
    room: UploadRoom,
    locks: UploadLocks,
    digests: RunningDigests,
    finish: FinishUpload,
    inbox: Inbox,
    private readonly traces: RequestTraces,
  ) {
    this.parts = { files, room, locks, digests, finish, inbox };
    this.maxSize = config.uploadMaxBytes === 0 ? null : config.uploadMaxBytes;
  }

  /** Answers, or throws what the problem filter answers. */
  async handle(request: ExpressRequest, response: ExpressResponse): Promise<void> {
    const method = methodOf(request);
    if (method === 'POST' || method === 'PATCH') this.traces.follow(request, response);
    response.setHeader('Tus-Resumable', TUS_VERSION);
    if (method === 'OPTIONS') response.setHeader('Tus-Checksum-Algorithm', CHECKSUM_ALGORITHMS.join(','));
    else requireVersion(request, response);
    if (method === 'PATCH') requireContentType(request, [CHUNK_TYPE]);
    requireUncompressed(
      request,
      'A file is stored as it comes: send a compressed one without Content-Encoding.',
    );
    await this.parts.files.ensure();
    const store = new TusStore(this.parts, request, announcedChecksum(request));
    const body = hasChunk(request, method) ? new Body(request) : null;
    try {
      const server = await this.server(store, request);
      const answer = await server.handleWeb(webRequest(request, method, body));
      if (answer.status >= 400) throw new HttpException((await answer.text()).trim(), answer.status);
      tellDigest(store, response);
      await send(answer, response);
    } catch (error) {
      await store.undoCreation();
      throw error;
    } finally {
      const { current } = store;
      if (current !== null) this.traces.concerns(request, current.taskId, current.attemptId);
      body?.release();
    }
  }

  /** One for each request: it keeps nothing but its store, and that has to know the request. */
  private async server(store: TusStore, request: ExpressRequest): Promise<Server> {
    // With the first upload: it would be a tenth of the time of a start.
    const tus = await import('@tus/server');
    return new tus.Server({
      path: UPLOADS_PATH,
      datastore: store,
      locker: { newLock: (id) => store.newLock(id) },
      lockDrainTimeout: LOCK_DRAIN_MS,
      namingFunction: newUploadId,
      // Relative to the request: right behind every proxy, under whichever name and path the client came.
      generateUrl: (_request, { id }) => (request.path.endsWith('/') ? id : `uploads/${id}`),
      ...(this.maxSize !== null && { maxSize: this.maxSize }),
      onResponseError: (_request, error) => {
        throw thrownBy(error);
      },
    });
  }
}

/** Clients behind something that lets no PATCH or DELETE through say what they mean in a header. */
function methodOf(request: ExpressRequest): string {
  const override = request.headers['x-http-method-override'];
  if (request.method !== 'POST' || typeof override !== 'string') return request.method;
  const method = override.toUpperCase();
  if (METHODS.has(method)) return method;
  throw new ProblemError('bad-request', `X-HTTP-Method-Override is one of ${[...METHODS].join(', ')}.`);
}

function requireVersion(request: ExpressRequest, response: ExpressResponse): void {
  const version = request.headers['tus-resumable'];
  if (version === TUS_VERSION) return;
  response.setHeader('Tus-Version', TUS_VERSION);
  throw new ProblemError(
    'precondition-failed',
    `This path speaks tus ${TUS_VERSION}: the request needs the header Tus-Resumable: ${TUS_VERSION}.`,
  );
}

const hasChunk = (request: ExpressRequest, method: string): boolean =>
  method === 'PATCH' || (method === 'POST' && request.headers['content-type'] === CHUNK_TYPE);

function webRequest(request: ExpressRequest, method: string, body: Body | null): Request {
  const headers = Object.entries(request.headers).filter(
    (entry): entry is [string, string] => isRead(entry[0]) && typeof entry[1] === 'string',
  );
  // Host and query are of no interest, and the former is the client's to invent.
  return new Request(`http://uploads${request.path}`, {
    method,
    headers,
    ...(body !== null && { body: body.stream, duplex: 'half' as const }),
  });
}

/** The body, until it is released: what is left of it then can still be read from the request. */
class Body {
  private readonly through = new PassThrough();
  readonly stream = Readable.toWeb(this.through) as ReadableStream<Uint8Array>;

  constructor(private readonly request: ExpressRequest) {
    request.once('error', (error) => this.through.destroy(error));
    request.pipe(this.through);
  }

  release(): void {
    this.request.unpipe(this.through);
    this.through.destroy();
  }
}

/** The server throws its own errors as plain objects. */
function thrownBy(error: Error | { status_code: number; body: string }): Error {
  if ('status_code' in error) return new HttpException(error.body.trim(), error.status_code);
  return asError(error);
}

function tellDigest(store: TusStore, response: ExpressResponse): void {
  const progress = store.current?.progress;
  if (progress?.kind !== 'finished') return;
  const digest = Buffer.from(progress.sha256, 'hex').toString('base64');
  response.setHeader('Repr-Digest', `sha-256=:${digest}:`);
}

async function send(answer: Response, response: ExpressResponse): Promise<void> {
  response.status(answer.status);
  answer.headers.forEach((value, name) => {
    if (isSent(name)) response.setHeader(name, value);
  });
  response.setHeader('Cache-Control', 'no-store');
  const text = await answer.text();
  if (answer.status === 204 || text === '') response.end();
  else response.end(text);
}
