/**
 * The objects below our prefix in the bucket that ARTIFACT_STORE names. Keys are without the prefix. That an object is
 * not there, or is there already, is an answer; everything else that goes wrong is `StorageUnavailable`.
 */
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { Readable } from 'node:stream';
import { AppConfig } from '../config/app-config';
import { StorageUnavailable } from '../core/errors';
import { asError } from '../http/errno';
import { ReadinessConditions } from '../http/readiness-conditions';
import { arriving } from './arriving-object';
import type { ListedObject, NewObject, ObjectHead, Presented, S3Objects } from './s3-objects';
import type { SentParts } from './s3-parts';
import { faultOf, isConflict, isMissing, isOfVolume, isThere, patiently } from './storage-faults';

const LOOK_EVERY_MS = 5_000;
/** Shorter, so that one look has ended when the next begins. */
const LOOK_MS = 4_000;
const SWEEP_EVERY_MS = 3_600_000;
/** An upload may take its time; one that began so long ago was left by a crash. */
const ABANDONED_MS = 86_400_000;
const MOST_REMOVED = 1_000;

@Injectable()
export class Bucket implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly isUsed: boolean;
  private readonly logger = new Logger(Bucket.name);
  private readonly prefix: string;
  private objects: S3Objects | null = null;
  private timers: NodeJS.Timeout[] = [];
  /** What went wrong when it was looked at last; '' before that. */
  private fault: string | null = '';

  constructor(
    private readonly config: AppConfig,
    private readonly conditions: ReadinessConditions,
  ) {
    this.isUsed = config.artifactStore !== 'local';
    const path = this.path().slice(1).join('/');
    this.prefix = path === '' ? '' : `${path}/`;
  }

  async onModuleInit(): Promise<void> {
    if (!this.isUsed) return;
    const { S3Objects } = await import('./s3-objects.js');
    const { s3Endpoint: endpoint, s3Region: region, s3ForcePathStyle: forcePathStyle } = this.config;
    this.objects = new S3Objects({ bucket: this.path()[0] ?? '', endpoint, region, forcePathStyle });
    this.conditions.add('artifacts', () =>
      this.fault === null ? { up: true } : { up: false, message: this.fault || 'not looked at yet' },
    );
  }

  onApplicationBootstrap(): void {
    if (!this.isUsed) return;
    void this.look();
    void this.sweep();
    this.timers = [
      setInterval(() => void this.look(), LOOK_EVERY_MS).unref(),
      setInterval(() => void this.sweep(), SWEEP_EVERY_MS).unref(),
    ];
  }

  beforeApplicationShutdown(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  /** @param body bytes, or the path of a file. false: there is one, and only a new one was to be made */
  put(key: string, body: Buffer | string, as: NewObject): Promise<boolean> {
    const at = this.prefix + key;
    return this.unlessThere(() =>
      typeof body === 'string' ? this.open().putFile(at, body, as) : this.open().put(at, body, as),
    );
  }

  /** A file, which is no object until it is completed, and to be given up otherwise. */
  sendParts(key: string, path: string, as: Omit<NewObject, 'onlyNew'>): Promise<SentParts> {
    return this.or(() => this.open().sendParts(this.prefix + key, path, as));
  }

  /**
   * One short request. `there`: only a new one was to be made. `lost`: with a conflict, or with an answer that did not come,
   * parts are nothing to go on with.
   */
  complete(parts: SentParts, onlyNew: boolean): Promise<'done' | 'there' | 'lost'> {
    return this.or(async () => {
      try {
        await parts.complete(onlyNew);
        return 'done';
      } catch (error) {
        if (isThere(error)) return 'there';
        if (isConflict(error) || isMissing(error)) return 'lost';
        throw error;
      }
    });
  }

  /** What is left nevertheless is swept. */
  async giveUp(parts: SentParts): Promise<void> {
    await parts.abort().catch((error: unknown) => {
      this.logger.warn({ err: asError(error) }, 'parts of an upload stay in object storage for now');
    });
  }

  head(key: string): Promise<ObjectHead | null> {
    return this.orNull(async () => {
      try {
        return await this.open().head(this.prefix + key);
      } catch (error) {
        // An answer without a body does not say whether it is the bucket that is not there.
        if (isMissing(error) && this.fault !== null && this.fault !== '')
          throw new StorageUnavailable(new Error(this.fault));
        throw error;
      }
    });
  }

  /** From `start` to before `end`; null when it is not there, or not the one with this ETag. */
  async read(key: string, start: number, end: number, etag: string | null = null): Promise<Readable | null> {
    return await this.orNull(async () =>
      arriving(await this.open().read(this.prefix + key, start, end, etag)),
    );
  }

  /** null when it is not there, or is replaced meanwhile. */
  async readWhole(key: string): Promise<Readable | null> {
    const head = await this.head(key);
    if (head === null) return null;
    return head.size === 0 ? Readable.from([]) : await this.read(key, 0, head.size, head.etag);
  }

  async readAll(key: string): Promise<Buffer | null> {
    const stream = await this.readWhole(key);
    return stream === null ? null : Buffer.concat((await stream.toArray()) as Buffer[]);
  }

  /** Within the bucket. @param bytes of it, about. `gone`: there is nothing to copy. `there`: only a new one was to be made. */
  async copy(from: string, bytes: number, key: string, as: NewObject): Promise<'copied' | 'there' | 'gone'> {
    return await this.or(async () => {
      try {
        await patiently(() => this.open().copy(this.prefix + from, bytes, this.prefix + key, as));
        return 'copied';
      } catch (error) {
        if (isThere(error)) return 'there';
        if (isMissing(error)) return 'gone';
        throw error;
      }
    });
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (let from = 0; from < keys.length; from += MOST_REMOVED) {
      const some = keys.slice(from, from + MOST_REMOVED).map((key) => this.prefix + key);
      await this.or(() => this.open().remove(some));
    }
  }

  async removeBelow(prefix: string): Promise<void> {
    await this.remove((await this.list(prefix)).map(({ key }) => key));
  }

  /** Everything that begins so. */
  async list(prefix: string): Promise<ListedObject[]> {
    const found: ListedObject[] = [];
    await this.or(async () => {
      for await (const page of this.open().list(this.prefix + prefix)) found.push(...page);
    });
    return found.map((object) => ({ ...object, key: object.key.slice(this.prefix.length) }));
  }

  /** What lies directly below a prefix that ends with a slash; names of folders end with one. */
  async names(prefix: string): Promise<string[]> {
    const found: string[] = [];
    await this.or(async () => {
      for await (const page of this.open().names(this.prefix + prefix)) found.push(...page);
    });
    return found;
  }

  presign(key: string, as: Presented): Promise<string> {
    return this.or(() => this.open().presign(this.prefix + key, as));
  }

  private path(): string[] {
    return this.config.artifactStore
      .replace(/^s3:\/\//, '')
      .split('/')
      .filter((part) => part !== '');
  }

  private open(): S3Objects {
    if (this.objects === null) throw new Error('no object storage is set');
    return this.objects;
  }

  private async or<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      if (thrown instanceof StorageUnavailable || isOfVolume(thrown)) throw thrown;
      throw new StorageUnavailable(asError(thrown));
    }
  }

  private orNull<T>(work: () => Promise<T>): Promise<T | null> {
    return this.or(async () => {
      try {
        return await work();
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    });
  }

  private unlessThere(work: () => Promise<void>): Promise<boolean> {
    return this.or(async () => {
      try {
        await patiently(work);
        return true;
      } catch (error) {
        if (isThere(error)) return false;
        throw error;
      }
    });
  }

  private async look(): Promise<void> {
    const before = this.fault;
    try {
      await this.open().check(LOOK_MS);
      this.fault = null;
      if (before !== null) this.logger.log({ store: this.config.artifactStore }, 'object storage answers');
    } catch (error) {
      this.fault = faultOf(error);
      if (before === null || before === '')
        this.logger.error(
          { store: this.config.artifactStore, err: asError(error) },
          `object storage cannot be used: ${this.fault}`,
        );
    }
  }

  private async sweep(): Promise<void> {
    try {
      const count = await this.open().abortUploads(this.prefix, new Date(Date.now() - ABANDONED_MS));
      if (count > 0)
        this.logger.log({ count }, 'uploads to object storage that were never finished are removed');
    } catch (error) {
      this.logger.warn(
        { err: asError(error) },
        'unfinished uploads to object storage could not be looked for',
      );
    }
  }
}
