/** Whether the results volume takes a file now. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import type { ConditionState } from '../http/readiness-conditions';

const ANSWER_WITHIN_MS = 1_000;
/** The probe is open to all: however often it is asked, the volume is asked once in this time. */
const GOOD_FOR_MS = 1_000;
/** More than a file system keeps beside the name of a file. */
const BLOCK = Buffer.alloc(4_096);
/** A full volume is the same volume for every replica: to send requests elsewhere would help nobody, and what does not write is served. */
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

@Injectable()
export class VolumeProbe {
  /** The one try that is under way or counts still: a volume that hangs would otherwise collect them. */
  private latest: Promise<ConditionState> | null = null;

  constructor(private readonly config: AppConfig) {}

  async check(): Promise<ConditionState> {
    this.latest ??= this.attempt();
    const silent = { up: false, message: 'no answer to a write' };
    return Promise.race([this.latest, sleep(ANSWER_WITHIN_MS, silent, { ref: false })]);
  }

  private async attempt(): Promise<ConditionState> {
    const state = await this.write();
    setTimeout(() => (this.latest = null), GOOD_FOR_MS).unref();
    return state;
  }

  private async write(): Promise<ConditionState> {
    const { resultsDir } = this.config;
    const file = join(resultsDir, `.probe-${randomUUID()}`);
    try {
      await mkdir(resultsDir, { recursive: true });
      await writeFile(file, BLOCK);
      return { up: true };
    } catch (thrown) {
      const { code = 'unknown' } = thrown as NodeJS.ErrnoException;
      return FULL.has(code)
        ? { up: true, message: 'full' }
        : { up: false, message: `cannot be written (${code})` };
    } finally {
      await rm(file, { force: true }).catch(() => undefined);
    }
  }
}
