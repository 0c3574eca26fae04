/** Notices a connection that is there and says nothing: the other end may be gone without a word, or stand still. */
import type { Redis } from 'ioredis';

/** The part of a socket that is looked at. */
export type Stream = Redis['stream'];

const LOOK_EVERY_MS = 1_000;
/**
 * Counted in looks and not in time: a process that was itself stopped or busy looks once when it goes on, and hears
 * what has come meanwhile before it looks again.
 */
const SILENT_LOOKS = 3;

const WITH_SOCKET: ReadonlySet<string> = new Set(['connecting', 'connect', 'ready']);

export class Watchdog {
  private timer: NodeJS.Timeout | null = null;
  private stream: Stream | null = null;
  private heard = 0;
  private silent = 0;

  /** `isHeld`: nothing is read from this socket on purpose, so that its silence means nothing. */
  constructor(
    private readonly redis: Redis,
    private readonly onSilence: (seconds: number) => void,
    private readonly isHeld: (stream: Stream) => boolean = () => false,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.look();
    }, LOOK_EVERY_MS).unref();
  }

  stop(): void {
    if (this.timer) clearInterval(this.timer);
  }

  /** Any byte is a sign of life: during a flood the answer to a ping stands at the end of a long line. */
  private look(): void {
    // Before the first connection there is none, whatever the type says.
    const stream = this.redis.stream as Stream | undefined;
    if (stream === undefined || stream.destroyed || !WITH_SOCKET.has(this.redis.status)) return;
    const isNew = stream !== this.stream || stream.bytesRead !== this.heard;
    this.stream = stream;
    this.heard = stream.bytesRead;
    if (this.isHeld(stream)) return;
    this.silent = isNew ? 0 : this.silent + 1;
    if (this.silent < SILENT_LOOKS) {
      if (this.redis.status === 'ready') this.redis.ping().catch(() => undefined);
      return;
    }
    this.silent = 0;
    this.onSilence((SILENT_LOOKS * LOOK_EVERY_MS) / 1_000);
    // Nobody is there to say goodbye to.
    stream.destroy();
  }
}
