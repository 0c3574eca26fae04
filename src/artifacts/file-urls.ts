/** File URLs that let in whoever holds them, for a while: later stages download without a token. */
import { Injectable } from '@nestjs/common';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppConfig } from '../config/app-config';
import { isTaskId, type TaskId } from '../core/ids';
import { RedisClock } from '../redis/redis-clock';
import { SigningSecret } from '../redis/signing-secret';
import { filePathIssue } from '../core/files/file-names';

/** Origin and prefix, task, path of a file as one segment or nothing, query, fragment. */
const FILE_URL =
  /^(https?:\/\/[^\s?#]*\/api\/v1\/results\/)([^/?#\s]+)\/(?:files\/([^/?#\s]+)|bundle)(?:\?([^#\s]*))?(#\S*)?$/;

/** What is signed for everything of a task as one archive: no path of a file begins with a slash. */
export const BUNDLE = '/bundle';

export interface FileOfTask {
  taskId: TaskId;
  name: string;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

@Injectable()
export class FileUrls {
  constructor(
    private readonly config: AppConfig,
    private readonly secret: SigningSecret,
    private readonly clock: RedisClock,
  ) {}

  /**
   * If the text is one of our file URLs (path ends in /api/v1/results/{id}/files/{name} or …/{id}/bundle), the same URL with
   * `expires` (seconds since 1970) and `sig`; else the text unchanged.
   */
  sign(url: string): string {
    const match = FILE_URL.exec(url);
    const [, prefix, id, rawName, query = '', fragment = ''] = match ?? [];
    if (prefix === undefined || id === undefined || !isTaskId(id)) return url;
    const name = rawName === undefined ? BUNDLE : decode(rawName);
    if (name === null || (rawName !== undefined && filePathIssue(name) !== null)) return url;
    const expires = String(Math.floor(this.nowSec()) + Math.ceil(this.config.urlTtlSec));
    const others = query.split('&').filter((part) => part !== '' && !/^(?:expires|sig)(?:=|$)/.test(part));
    const parameters = [
      ...others,
      `expires=${expires}`,
      `sig=${this.digest(id, name, expires).toString('base64url')}`,
    ];
    const path = rawName === undefined ? 'bundle' : `files/${rawName}`;
    return `${prefix}${id}/${path}?${parameters.join('&')}${fragment}`;
  }

  /** Which file `sign` would sign this URL for; null: none. */
  fileIn(url: string): FileOfTask | null {
    const [, , id, rawName] = FILE_URL.exec(url) ?? [];
    const name = rawName === undefined ? null : decode(rawName);
    if (id === undefined || !isTaskId(id) || name === null || filePathIssue(name) !== null) return null;
    return { taskId: id, name };
  }

  /** `name` as it is on disk, its slashes and all, not URL-encoded. */
  verify(taskId: string, name: string, expires: string, sig: string): boolean {
    if (!/^\d{1,12}$/.test(expires) || Number(expires) < this.nowSec()) return false;
    const given = Buffer.from(sig, 'base64url');
    const expected = this.digest(taskId, name, expires);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  /** Replicas need not have the same time, but have the same Redis. */
  private nowSec(): number {
    return this.clock.guessUs() / 1_000_000;
  }

  /** A newline can be in none of the three, so no two triples sign alike. */
  private digest(taskId: string, name: string, expires: string): Buffer {
    return createHmac('sha256', this.secret.value()).update(`${taskId}\n${name}\n${expires}`).digest();
  }
}
