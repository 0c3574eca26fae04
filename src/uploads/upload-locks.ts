/**
 * One request at a time per upload, at all replicas: `<id>.lock` beside it. Who holds it touches it; when that stops,
 * its process is gone and the lock is anybody's. Who waits for a lock that another process holds says so by
 * `<id>.wanted`: it may be the same client, whose earlier connection is dead without the holder knowing.
 */
import { Injectable } from '@nestjs/common';
import type { Lock } from '@tus/server';
import { randomUUID } from 'node:crypto';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { orNull } from '../artifacts/task-directory';
import { TOUCH_EVERY_MS, TouchedFile } from '../artifacts/touched-file';
import { VolumeClock } from '../artifacts/volume-clock';
import { ProblemError } from '../core/errors';
import { UploadFiles } from './upload-files';

/** So many touches may fail before others take it for abandoned. */
const STALE_MS = 5 * TOUCH_EVERY_MS;
const PATIENCE_MS = 15_000;
const LOOK_EVERY_MS = 40;

type RequestRelease = Parameters<Lock['lock']>[1];

@Injectable()
export class UploadLocks {
  /** What this process holds: to be asked for directly. */
  readonly held = new Map<string, RequestRelease>();

  constructor(
    private readonly files: UploadFiles,
    readonly clock: VolumeClock,
  ) {}

  lockOf(id: string): UploadLock {
    return new UploadLock(
      id,
      join(this.files.directory, `${id}.lock`),
      join(this.files.directory, `${id}.wanted`),
      this,
    );
  }
}

export class UploadLock implements Lock {
  private file: TouchedFile | null = null;
  private takenAtMs = 0;
  private takenAt = 0;
  private isLost = false;
  private timer: NodeJS.Timeout | undefined;
  private requestRelease: RequestRelease = () => undefined;

  constructor(
    readonly id: string,
    private readonly path: string,
    private readonly wanted: string,
    private readonly locks: UploadLocks,
  ) {}

  /** Milliseconds since 1970 by the clock of the volume. */
  get nowMs(): number {
    return this.takenAtMs + performance.now() - this.takenAt;
  }

  /** 423 when it cannot be had within 15 s. */
  async lock(signal: AbortSignal, requestRelease: RequestRelease): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await this.take())) {
      if (signal.aborted || performance.now() > deadline) throw locked();
      await this.ask();
      await sleep(LOOK_EVERY_MS);
    }
    await rm(this.wanted, { force: true });
    this.hold(requestRelease);
  }

  /** Without asking for it. false: somebody is at this upload. */
  async tryLock(): Promise<boolean> {
    // One that was abandoned is out of the way after the first time.
    if (!(await this.take()) && !(await this.take())) return false;
    this.hold(() => undefined);
    return true;
  }

  async unlock(): Promise<void> {
    clearInterval(this.timer);
    const { file } = this;
    if (file === null) return;
    this.file = null;
    this.locks.held.delete(this.id);
    await file.leave();
  }

  /** Before each write: 423 when this process stood still so long that another may hold the lock by now. */
  async requireHeld(): Promise<void> {
    if (!this.isLost && (this.file?.untouchedForMs ?? 0) > STALE_MS / 2) await this.beat();
    if (this.isLost) throw locked();
  }

  private hold(requestRelease: RequestRelease): void {
    this.requestRelease = requestRelease;
    this.locks.held.set(this.id, requestRelease);
    this.timer = setInterval(() => void this.beat().catch(() => undefined), TOUCH_EVERY_MS);
  }

  private async take(): Promise<boolean> {
    this.file = await TouchedFile.take(this.path);
    if (this.file === null) {
      await this.breakStale();
      return false;
    }
    this.takenAtMs = this.file.takenAtMs;
    this.takenAt = performance.now();
    return true;
  }

  private async ask(): Promise<void> {
    const release = this.locks.held.get(this.id);
    if (release !== undefined) await release();
    else await (await open(this.wanted, 'a')).close();
  }

  private async beat(): Promise<void> {
    const { file } = this;
    if (file === null) return;
    if (!(await file.touch())) {
      this.isLost = true;
      await this.requestRelease();
      return;
    }
    if ((await orNull(stat(this.wanted))) !== null) await this.requestRelease();
  }

  private async breakStale(): Promise<void> {
    const seen = await orNull(stat(this.path));
    if (seen === null || (await this.locks.clock.nowMs()) - seen.mtimeMs < STALE_MS) return;
    const aside = `${this.path}.${randomUUID()}`;
    await orNull(rename(this.path, aside));
    const taken = await orNull(stat(aside));
    // Somebody was faster, and this is the new one.
    if (taken !== null && taken.ino !== seen.ino) await link(aside, this.path).catch(() => undefined);
    await rm(aside, { force: true });
  }
}

const locked = (): ProblemError =>
  new ProblemError('locked', 'Another request is writing to this upload.', [], { 'Retry-After': '1' });
