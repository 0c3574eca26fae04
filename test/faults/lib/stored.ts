/** What lies on the results volume, as bytes: read beside the service, so that nobody's word is taken for it. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileOnDisk, ResultOnDisk } from './history';

const OURS = /^(?:\.orchestrator|\.(?:result|deleted)~.*|responses\.json|manifest\.json)$/;

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

/** An envelope taken apart; its `sha256` is null when the text is no whole envelope of this task. */
export function readEnvelope(id: string, envelope: string): ResultOnDisk {
  const broken: ResultOnDisk = { sha256: null, madeBy: null, savedSha256: null, items: null, shards: null };
  const parsed = parse(envelope);
  if (parsed?.task_id !== id || !('result' in parsed)) return broken;
  const result = (parsed.result ?? {}) as {
    made_by?: { attempt_id?: string };
    saved_sha256?: string;
    items?: { input: unknown }[];
    merged?: { items?: { input: unknown }[] };
    shards?: { task_id: string; result: unknown }[];
  };
  const items = result.merged?.items ?? result.items ?? null;
  return {
    sha256: sha256(JSON.stringify(parsed.result)),
    madeBy: result.made_by?.attempt_id ?? null,
    savedSha256: result.saved_sha256 ?? null,
    items: items?.map(({ input }) => input) ?? null,
    shards:
      result.shards?.map((shard) => ({ id: shard.task_id, sha256: sha256(JSON.stringify(shard.result)) })) ??
      null,
  };
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** The stored result of a task; null when there is none. */
export async function resultOnDisk(root: string, id: string): Promise<ResultOnDisk | null> {
  const text = await readFile(join(root, id, 'responses.json'), 'utf8').catch(() => null);
  return text === null ? null : readEnvelope(id, text);
}

export async function filesOnDisk(root: string, id: string): Promise<FileOnDisk[]> {
  const files: FileOnDisk[] = [];
  for (const name of await namesIn(join(root, id))) {
    if (OURS.test(name)) continue;
    const bytes = await readFile(join(root, id, name)).catch(() => null);
    if (bytes !== null) files.push({ name, size: bytes.length, sha256: sha256(bytes) });
  }
  return files;
}

/** Paths below `directory` of everything that is a file. */
export async function walk(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** What waits in the spool, without the word of the processes that live. */
export async function inSpool(resultsDir: string): Promise<string[]> {
  return (await walk(join(resultsDir, '.spool'))).filter((path) => !path.includes('/.spool/owners/'));
}

export async function bytesBelow(directory: string): Promise<number> {
  const sizes = (await walk(directory)).map((path) =>
    stat(path).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

const namesIn = (directory: string): Promise<string[]> => readdir(directory).catch(() => []);
