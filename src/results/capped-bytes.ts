/** Bytes that pass by in pieces, kept as long as they are not too many. */
export class CappedBytes {
  private readonly pieces: Buffer[] = [];
  private length = 0;

  constructor(private readonly limit: number) {}

  /** Copies what it is given: the piece may be part of a buffer that is used again. */
  add(bytes: Buffer): void {
    this.length += bytes.length;
    if (this.length <= this.limit) this.pieces.push(Buffer.from(bytes));
  }

  /** All of them; null when they are more than the limit. */
  whole(): Buffer | null {
    return this.length > this.limit ? null : Buffer.concat(this.pieces);
  }
}
