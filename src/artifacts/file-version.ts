/** What tells a file from another one under its name, and from itself once it was written to. */
export interface FileVersion {
  ino: number;
  mtimeMs: number;
  /** Bytes. */
  size: number;
}

/** Of `Stats`, what is to be kept. A rename keeps all of it. */
export const versionOf = ({ ino, mtimeMs, size }: FileVersion): FileVersion => ({ ino, mtimeMs, size });

export const isSameVersion = (a: FileVersion, b: FileVersion): boolean =>
  a.ino === b.ino && a.mtimeMs === b.mtimeMs && a.size === b.size;
