/** Knows the configured tokens, as digests only. */
import { Injectable } from '@nestjs/common';
import { createHash, timingSafeEqual } from 'node:crypto';
import { AppConfig } from '../config/app-config';

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

@Injectable()
export class TokenBook {
  private readonly digests: readonly Buffer[];

  constructor(config: AppConfig) {
    this.digests = config.tokens.map(digest);
  }

  /** No token configured: the service is open to everybody. */
  get isOpen(): boolean {
    return this.digests.length === 0;
  }

  /**
   * Whether an `Authorization` header carries one of the tokens. Digests of equal length are compared, and always
   * all of them, so that the time taken tells neither length, content nor position.
   */
  admits(authorization: string | undefined): boolean {
    if (this.isOpen) return true;
    const token = /^Bearer +([^\s]+) *$/i.exec(authorization ?? '')?.[1] ?? '';
    const given = digest(token);
    let found = false;
    for (const known of this.digests) {
      const same = timingSafeEqual(known, given);
      found = found || same;
    }
    return found && token !== '';
  }
}
