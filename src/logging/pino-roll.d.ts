/** The part of pino-roll that we use; it ships no types. */
declare module 'pino-roll' {
  import type { EventEmitter } from 'node:events';

  /** A SonicBoom stream: `ready` after each open, `error` when a write or an open fails, `close` at the end. */
  interface RollingStream extends EventEmitter {
    /** The path of the file that is written now. */
    readonly file: string;
    write(line: string): boolean;
    end(): void;
    destroy(): void;
  }

  interface RollingOptions {
    /** `dir/name.log`; the files are `dir/name.<n>.log`. */
    file: string;
    /** E.g. `500b`. A bare number would be megabytes. */
    size: string;
  }

  function roll(options: RollingOptions): Promise<RollingStream>;
  export = roll;
}
