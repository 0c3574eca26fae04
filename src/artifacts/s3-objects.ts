/**
 * Object storage by the AWS SDK, which this file alone loads: it is read only where object storage is used. It answers
 * with plain values and throws what the SDK throws.
 */
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  type MultipartUpload,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { COPIED_BYTES, copyParts, partBytesOf, PARTS_AT_ONCE, sendParts, type SentParts } from './s3-parts';

const CONNECT_MS = 3_000;
/** Until the answer to a question begins, all attempts together: somebody waits for it. */
const ANSWER_MS = 10_000;
/** Without a byte, of a write. */
const SILENT_MS = 60_000;
const ATTEMPTS = 3;
/** Slow downloads keep theirs for long: nobody waits behind them. */
const AGENT = { maxSockets: Infinity };

export interface ObjectSettings {
  bucket: string;
  endpoint: string | null;
  region: string | null;
  forcePathStyle: boolean;
}

export interface NewObject {
  contentType: string;
  metadata: Record<string, string>;
  /** Fails with 412 when there is one. */
  onlyNew: boolean;
}

export interface ObjectHead {
  /** Bytes. */
  size: number;
  etag: string;
  modified: Date;
  metadata: Record<string, string>;
}

export interface ListedObject {
  key: string;
  size: number;
  modified: Date;
}

export interface Presented {
  contentType: string;
  disposition: string;
  ttlSec: number;
}

export class S3Objects {
  private readonly client: S3Client;
  private readonly bucket: string;

  constructor({ bucket, endpoint, region, forcePathStyle }: ObjectSettings) {
    this.bucket = bucket;
    this.client = new S3Client({
      ...(endpoint === null ? {} : { endpoint }),
      ...(region === null ? {} : { region }),
      forcePathStyle,
      maxAttempts: ATTEMPTS,
      // Digests of ours go with each object; not every store knows the newer checksums.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        socketTimeout: SILENT_MS,
        httpAgent: AGENT,
        httpsAgent: AGENT,
      },
    });
  }

  async check(withinMs: number): Promise<void> {
    const command = new HeadBucketCommand({ Bucket: this.bucket });
    await inTime((options) => this.client.send(command, options), withinMs);
  }

  async put(key: string, body: Buffer, as: NewObject): Promise<void> {
    await this.client.send(new PutObjectCommand({ ...this.parameters(key, as), Body: body }));
  }

  /** In parts where it is large; those of one that fails are removed. */
  async putFile(key: string, path: string, as: NewObject): Promise<void> {
    const { size } = await stat(path);
    const body = createReadStream(path);
    try {
      const upload = new Upload({
        client: this.client,
        partSize: partBytesOf(size),
        queueSize: PARTS_AT_ONCE,
        params: { ...this.parameters(key, as), Body: body },
      });
      await upload.done();
    } finally {
      body.destroy();
    }
  }

  /** A file, of which nothing is seen until its parts are completed. */
  sendParts(key: string, path: string, as: Omit<NewObject, 'onlyNew'>): Promise<SentParts> {
    return sendParts(this.client, path, this.parameters(key, { ...as, onlyNew: false }));
  }

  async head(key: string): Promise<ObjectHead> {
    const command = new HeadObjectCommand({ Bucket: this.bucket, Key: key });
    const answer = await inTime((options) => this.client.send(command, options));
    const { ContentLength: size = 0, ETag: etag = '', LastModified: modified = new Date(0) } = answer;
    return { size, etag, modified, metadata: answer.Metadata ?? {} };
  }

  /** From the first byte to the one after the last, of which there is at least one. @param etag of another one: 412 */
  async read(key: string, start: number, end: number, etag: string | null): Promise<Readable> {
    const command = new GetObjectCommand({
      Bucket: this.bucket,
      Key: key,
      Range: `bytes=${String(start)}-${String(end - 1)}`,
      ...(etag === null ? {} : { IfMatch: etag }),
    });
    const { Body: body } = await inTime((options) => this.client.send(command, options));
    return body as Readable;
  }

  /** In parts where it is large. @param bytes of it, about */
  async copy(from: string, bytes: number, key: string, as: NewObject): Promise<void> {
    const source = `${this.bucket}/${from.split('/').map(encodeURIComponent).join('/')}`;
    if (bytes > COPIED_BYTES) {
      const { size } = await this.head(from);
      const parts = await copyParts(
        this.client,
        source,
        size,
        this.parameters(key, { ...as, onlyNew: false }),
      );
      try {
        await parts.complete(as.onlyNew);
      } catch (error) {
        await parts.abort().catch(() => undefined);
        throw error;
      }
      return;
    }
    await this.client.send(
      new CopyObjectCommand({
        ...this.parameters(key, as),
        CopySource: source,
        MetadataDirective: 'REPLACE',
      }),
    );
  }

  /** At most 1000. */
  async remove(keys: readonly string[]): Promise<void> {
    const answer = await this.client.send(
      new DeleteObjectsCommand({
        Bucket: this.bucket,
        Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true },
      }),
    );
    const [failed] = answer.Errors ?? [];
    if (failed !== undefined)
      throw new Error(`${failed.Key ?? ''} could not be deleted: ${failed.Message ?? ''}`);
  }

  async *list(prefix: string): AsyncGenerator<ListedObject[]> {
    for await (const page of this.pages(prefix)) yield page.objects;
  }

  /** Names, up to the next slash, of what is below a prefix; those of folders end with it. */
  async *names(prefix: string): AsyncGenerator<string[]> {
    for await (const { objects, folders } of this.pages(prefix, '/'))
      yield [...objects.map(({ key }) => key), ...folders].map((key) => key.slice(prefix.length));
  }

  /** Removes the parts of uploads that began before this time and were never finished. How many there were. */
  async abortUploads(prefix: string, before: Date): Promise<number> {
    const abandoned: MultipartUpload[] = [];
    for await (const page of this.uploads(prefix))
      abandoned.push(...page.filter(({ Initiated }) => Initiated !== undefined && Initiated < before));
    for (const { Key, UploadId } of abandoned)
      await this.client.send(new AbortMultipartUploadCommand({ Bucket: this.bucket, Key, UploadId }));
    return abandoned.length;
  }

  presign(key: string, { contentType, disposition, ttlSec }: Presented): Promise<string> {
    const command = new GetObjectCommand({
      Bucket: this.bucket,
      Key: key,
      ResponseContentType: contentType,
      ResponseContentDisposition: disposition,
    });
    return getSignedUrl(this.client, command, { expiresIn: Math.ceil(ttlSec) });
  }

  /**
   * By key alone: not every store knows its own marker of an upload again. Of several uploads under the last key of a
   * page some are passed over; they come when those before them are gone.
   */
  private async *uploads(prefix: string): AsyncGenerator<MultipartUpload[]> {
    let after: string | undefined;
    do {
      const page: ListMultipartUploadsCommandOutput = await this.client.send(
        new ListMultipartUploadsCommand({ Bucket: this.bucket, Prefix: prefix, KeyMarker: after }),
      );
      yield page.Uploads ?? [];
      after = page.IsTruncated === true ? page.NextKeyMarker : undefined;
    } while (after !== undefined);
  }

  private async *pages(
    prefix: string,
    delimiter?: string,
  ): AsyncGenerator<{ objects: ListedObject[]; folders: string[] }> {
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: this.bucket,
        Prefix: prefix,
        ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
        ...(token === undefined ? {} : { ContinuationToken: token }),
      });
      const page = await inTime((options) => this.client.send(command, options));
      const objects = (page.Contents ?? []).map(({ Key: key = '', Size: size = 0, LastModified }) => ({
        key,
        size,
        modified: LastModified ?? new Date(0),
      }));
      yield { objects, folders: (page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix) };
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  private parameters(
    key: string,
    { contentType, metadata, onlyNew }: NewObject,
  ): {
    Bucket: string;
    Key: string;
    ContentType: string;
    Metadata: Record<string, string>;
    IfNoneMatch?: string;
  } {
    return {
      Bucket: this.bucket,
      Key: key,
      ContentType: contentType,
      Metadata: metadata,
      ...(onlyNew ? { IfNoneMatch: '*' } : {}),
    };
  }
}

/** Gives the question up when its answer does not begin in time. */
async function inTime<T>(
  ask: (options: { abortSignal: AbortSignal }) => Promise<T>,
  withinMs = ANSWER_MS,
): Promise<T> {
  const end = new AbortController();
  const timer = setTimeout(() => {
    end.abort();
  }, withinMs);
  try {
    return await ask({ abortSignal: end.signal });
  } finally {
    clearTimeout(timer);
  }
}
