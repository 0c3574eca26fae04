/** One file out of a multipart body. */
import type { Request, Response } from 'express';
import multer from 'multer';
import type { Readable } from 'node:stream';
import { ProblemError } from '../core/errors';
import { asError } from '../http/errno';
import { fileNameFault } from '../core/files/file-names';
import type { BodyDigest } from './expected-digest';
import { ensureMultipart } from './multipart-header';
import { BrokenStream, receiveStream, type ReceivedFile, type Reception, tooLarge } from './receive-stream';

const FIELD = 'file';
/** Far more than any client needs beside the file. */
const LIMITS = { files: 1, parts: 32, fields: 31, fieldSize: 64 * 1024, fieldNameSize: 128, headerPairs: 64 };
/** What boundaries, part headers and further fields may add to the file itself. */
const ENVELOPE_BYTES = LIMITS.parts * (LIMITS.fieldSize + 16 * 1024);

/**
 * The file in field `file`. 400 for a body that is no multipart, breaks off, has no such file or a bad file name;
 * 413 above `maxBytes`, 503 when it could not be kept. Nothing is left in the spool when it throws.
 */
export async function receivePart(
  request: Request,
  response: Response,
  reception: Reception,
  digest: BodyDigest,
): Promise<ReceivedFile> {
  const { maxBytes } = reception;
  if (maxBytes > 0 && Number(request.headers['content-length']) > maxBytes + ENVELOPE_BYTES)
    throw tooLarge(maxBytes);
  await ensureMultipart(request);
  return await new Promise<ReceivedFile>((resolve, reject) => {
    const storage = new SpoolStorage(reception, reject);
    const upload = multer({
      storage,
      limits: LIMITS,
      // The name is judged as it came: cutting `../` off would hide the mistake.
      preservePath: true,
      defParamCharset: 'utf8',
      fileFilter: (_request, file, take) => {
        const fault = partFault(file);
        if (fault === null) {
          take(null, true);
          return;
        }
        // Multer reads a body to its end before it reports, which with a large file is late.
        reject(fault);
        take(fault);
      },
    }).any();
    // Of the parts alone nobody could tell: boundaries and headers are of the body too.
    if (digest.isSaid)
      request.on('data', (bytes: Buffer) => {
        digest.update(bytes);
      });
    upload(request, response, (error: unknown) => {
      storage.finish(error === undefined ? emptyNameFault(request) : bodyFault(error)).then(resolve, reject);
    });
  });
}

/** Multer's storage engine: memory and temporary files of its own are never used. */
class SpoolStorage implements multer.StorageEngine {
  private received: ReceivedFile | null = null;
  private running: Promise<void> = Promise.resolve();
  /** What went wrong on our side, as opposed to a fault in the body. */
  private failure: Error | null = null;

  constructor(
    private readonly reception: Reception,
    private readonly failEarly: (error: Error) => void,
  ) {}

  _handleFile(_request: Request, file: Express.Multer.File, done: (error?: Error) => void): void {
    this.running = this.store(file.stream, file.originalname).then(
      () => {
        done();
      },
      (error: unknown) => {
        file.stream.resume();
        done(asError(error));
      },
    );
  }

  _removeFile(_request: Request, _file: Express.Multer.File, done: (error: Error | null) => void): void {
    done(null);
  }

  /** The file, once everything has settled; throws our own failure before any fault of the body. */
  async finish(fault: ProblemError | null): Promise<ReceivedFile> {
    await this.running;
    const error = this.failure ?? fault ?? (this.received === null ? missingFile() : null);
    if (error !== null) {
      await this.received?.file.discard();
      throw error;
    }
    if (this.received === null) throw missingFile();
    return this.received;
  }

  private async store(stream: Readable, filename: string): Promise<void> {
    try {
      this.received = await receiveStream(stream, filename, this.reception);
    } catch (error) {
      if (!(error instanceof BrokenStream)) {
        // No fault of the body: answered at once, without reading that to its end.
        this.failure = asError(error);
        this.failEarly(this.failure);
      }
      throw error;
    }
  }
}

function partFault(file: Express.Multer.File): ProblemError | null {
  if (file.fieldname !== FIELD) {
    return new ProblemError('bad-request', `The file is expected in the field "${FIELD}".`, [
      { path: file.fieldname, code: 'unexpected_field', message: `expected one part named "${FIELD}"` },
    ]);
  }
  return fileNameFault(file.originalname);
}

/** A text field without a name is nothing that a form makes. */
function emptyNameFault(request: Request): ProblemError | null {
  const fields: unknown = request.body;
  if (typeof fields !== 'object' || fields === null || !Object.hasOwn(fields, '')) return null;
  return new ProblemError('bad-request', 'A part of the multipart body has no name.');
}

function bodyFault(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const what = asError(error).message;
  return new ProblemError('bad-request', `The multipart body was refused: ${what}.`);
}

const missingFile = (): ProblemError =>
  new ProblemError('bad-request', `The multipart body has no file in the field "${FIELD}".`, [
    { path: FIELD, code: 'missing', message: 'expected one part with a file name' },
  ]);
