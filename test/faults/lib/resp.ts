/** Redis' wire format, RESP2 and RESP3: a stream of bytes cut into whole frames, and what a frame says. */

export type RespValue = string | number | null | RespValue[];

export interface Frame {
  bytes: Buffer;
  /** Out of band, as RESP3 sends messages of a channel. */
  isPush: boolean;
  value: RespValue;
}

const CR = 13;
/** Types whose header is followed by that many further values, or by twice as many. */
const AGGREGATES: Readonly<Record<string, number>> = { '*': 1, '~': 1, '>': 1, '%': 2, '|': 2 };
const SIZED = new Set(['$', '=', '!']);

/** Thrown inside when a frame is not complete yet. */
class Incomplete extends Error {}

export class FrameReader {
  private rest: Buffer = Buffer.alloc(0);

  /** Every frame that these bytes complete. */
  push(chunk: Buffer): Frame[] {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const frames: Frame[] = [];
    let from = 0;
    for (;;) {
      const read = tryRead(this.rest, from);
      if (read === null) break;
      const bytes = this.rest.subarray(from, read.end);
      frames.push({ bytes, isPush: bytes[0] === 0x3e, value: read.value });
      from = read.end;
    }
    this.rest = this.rest.subarray(from);
    return frames;
  }
}

function tryRead(bytes: Buffer, at: number): { value: RespValue; end: number } | null {
  try {
    return read(bytes, at);
  } catch (thrown) {
    if (thrown instanceof Incomplete) return null;
    throw thrown;
  }
}

function read(bytes: Buffer, at: number): { value: RespValue; end: number } {
  const lineEnd = bytes.indexOf(CR, at);
  if (at >= bytes.length || lineEnd === -1 || lineEnd + 1 >= bytes.length) throw new Incomplete();
  const type = String.fromCharCode(bytes[at]!);
  const text = bytes.toString('utf8', at + 1, lineEnd);
  const next = lineEnd + 2;
  if (SIZED.has(type)) {
    const size = Number(text);
    if (size < 0) return { value: null, end: next };
    if (bytes.length < next + size + 2) throw new Incomplete();
    return { value: bytes.toString('utf8', next, next + size), end: next + size + 2 };
  }
  const perEntry = AGGREGATES[type];
  if (perEntry === undefined) return { value: type === ':' ? Number(text) : text, end: next };
  if (Number(text) < 0) return { value: null, end: next };
  const values: RespValue[] = [];
  let end = next;
  for (let left = Number(text) * perEntry; left > 0; left -= 1) {
    const entry = read(bytes, end);
    values.push(entry.value);
    end = entry.end;
  }
  return { value: values, end };
}

/** A message of a channel, as a subscriber gets it. */
export function messageOf(frame: Frame): { channel: string; text: string } | null {
  const { value } = frame;
  if (!Array.isArray(value) || value[0] !== 'message') return null;
  const [, channel, text] = value;
  return typeof channel === 'string' && typeof text === 'string' ? { channel, text } : null;
}

/** The words of a command, as a client sends it. */
export function wordsOf(frame: Frame): string[] {
  return Array.isArray(frame.value) ? frame.value.map(String) : [];
}
