/** What an attempt was given of other tasks: recorded when it goes out, since they may be gone later. */
import type { JsonValue } from '../json';

export interface Input {
  /** By which templates call the dependency. */
  name: string;
  taskId: string;
  /** SHA-256 (hex) of the bytes of the `result` member of the envelope that it was given; null: it was given none. */
  resultSha256: string | null;
  /** Files that its document names. */
  files: readonly GivenFile[];
}

export interface GivenFile {
  name: string;
  sizeBytes: number;
  /** Hex. */
  sha256: string;
}

/** Short, since it is kept with every task that depends on others. */
export function formatInputs(inputs: readonly Input[]): string {
  return JSON.stringify(
    inputs.map(({ name, taskId, resultSha256, files }) => [
      name,
      taskId,
      resultSha256,
      ...files.map((file) => [file.name, file.sizeBytes, file.sha256]),
    ]),
  );
}

/** What is no such text says nothing. */
export function parseInputs(text: string | null): Input[] {
  if (text === null) return [];
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return [];
  }
  return Array.isArray(list) ? list.flatMap((entry: JsonValue) => parseInput(entry)) : [];
}

function parseInput(entry: JsonValue): Input[] {
  if (!Array.isArray(entry)) return [];
  const [name, taskId, resultSha256, ...rest] = entry;
  if (typeof name !== 'string' || typeof taskId !== 'string') return [];
  const files = rest.flatMap((file): GivenFile[] => {
    const [fileName, sizeBytes, sha256] = Array.isArray(file) ? file : [];
    const isFile =
      typeof fileName === 'string' && typeof sizeBytes === 'number' && typeof sha256 === 'string';
    return isFile ? [{ name: fileName, sizeBytes, sha256 }] : [];
  });
  return [{ name, taskId, resultSha256: typeof resultSha256 === 'string' ? resultSha256 : null, files }];
}
