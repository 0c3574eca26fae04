/** Time by Redis: clocks of machines differ, and every time that is compared or stored comes from one place. */
import { Injectable } from '@nestjs/common';
import { RedisConnections } from './redis-connections';

@Injectable()
export class RedisClock {
  /** By how much the time is ahead of the steady clock: by this machine's until Redis was asked. */
  private aheadUs = Date.now() * 1_000 - steadyUs();

  constructor(private readonly connections: RedisConnections) {}

  /** Microseconds since 1970. */
  async nowUs(): Promise<number> {
    const [seconds, microseconds] = await this.connections.commands.time();
    const us = Number(seconds) * 1_000_000 + Number(microseconds);
    this.aheadUs = us - steadyUs();
    return us;
  }

  /** The same, told by this process' steady clock since Redis was last asked; good enough to guess, never to decide. */
  guessUs(): number {
    return steadyUs() + this.aheadUs;
  }
}

function steadyUs(): number {
  return Math.round(performance.now() * 1_000);
}
