/** Time by Redis: clocks of machines differ, and every time that is compared or stored comes from one place. */
import { Injectable } from '@nestjs/common';
import { RedisConnections } from './redis-connections';

@Injectable()
export class RedisClock {
  private aheadUs: number | null = null;

  constructor(private readonly connections: RedisConnections) {}

  /** Microseconds since 1970. */
  async nowUs(): Promise<number> {
    const [seconds, microseconds] = await this.connections.commands.time();
    const us = Number(seconds) * 1_000_000 + Number(microseconds);
    this.aheadUs = us - localUs();
    return us;
  }

  /** The same, told by this process' steady clock since Redis was last asked; good enough to guess, never to decide. */
  guessUs(): number {
    return this.aheadUs === null ? 0 : localUs() + this.aheadUs;
  }
}

function localUs(): number {
  return Math.round(performance.now() * 1000);
}
