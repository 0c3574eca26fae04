// What is put together on disk is what parsing all shards and merging them in memory gives.
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Spool } from '../artifacts/spool';
import { loadConfig } from '../config/load-config';
import { mergeShards } from '../core/aggregate/merge';
import { FileSource } from '../artifacts/byte-source';
import { trustedTaskId } from '../core/ids';
import type { JsonValue } from '../core/json';
import type { Envelope } from '../core/model';
import { OpenEnvelope } from './open-envelope';
import { ResultParts } from './result-parts';
import { type OpenShard, ShardMerge } from './shard-merge';

const PARENT = trustedTaskId('parent');
const AT = '2026-01-01T00:00:00.000000Z';
const never = new AbortController().signal;

let root: string;
let merge: ShardMerge;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'orchestrator-merge-'));
  const spool = new Spool(loadConfig({ REDIS_URL: 'redis://127.0.0.1', ORCHESTRATOR_RESULTS_DIR: root }));
  merge = new ShardMerge(spool, new ResultParts());
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface Shard {
  /** As it lies on disk. */
  text: string;
  form: 'envelope' | 'bare';
}

let files = 0;
/** Opens it anew each time, as a file that is always the same one. */
async function onDisk({ text, form }: Shard, index: number): Promise<OpenShard> {
  const path = join(root, `shard-${String((files += 1))}.json`);
  await writeFile(path, text);
  return async () => {
    const handle = await open(path);
    return new OpenEnvelope(trustedTaskId(`shard-${String(index)}`), {
      source: new FileSource(handle, await handle.stat()),
      form,
      sha256: null,
    });
  };
}

/** What merging in memory starts from. */
async function parsed(open: OpenShard): Promise<Envelope> {
  const envelope = await open();
  if (envelope === null) throw new Error('it is there');
  try {
    return (await envelope.parse()).envelope;
  } finally {
    await envelope.close();
  }
}

async function merged(shards: readonly Shard[]): Promise<{ bytes: string; inMemory: Envelope }> {
  const opens = await Promise.all(shards.map(onDisk));
  const inMemory = mergeShards(PARENT, await Promise.all(opens.map(parsed)), AT);
  const { file, sha256, sizeBytes, envelope } = await merge.merge(PARENT, opens, AT, never);
  let text = envelope?.toString() ?? '';
  if (envelope === null) {
    await file.moveTo(join(root, 'merged.json'));
    text = await readFile(join(root, 'merged.json'), 'utf8');
  }
  await file.discard();
  const from = text.indexOf('{"shards":[');
  const bytes = Buffer.from(text)
    .subarray(from, from + sizeBytes)
    .toString();
  expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  expect(JSON.stringify(JSON.parse(text))).toBe(
    JSON.stringify({ ...(envelope === null ? { result: null } : {}), ...inMemory, result: inMemory.result }),
  );
  return { bytes, inMemory };
}

const value = fc.jsonValue({ maxDepth: 2 });
const number = fc.oneof(
  fc.integer({ min: -5, max: 50 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const usage = fc.oneof(
  value,
  fc.dictionary(
    fc.constantFrom('tokens', 'latency', '__proto__', 'x'),
    fc.oneof(number, fc.dictionary(fc.constantFrom('p50', 'tokens'), fc.oneof(number, value)), value),
  ),
);
const result = fc.oneof(
  { weight: 1, arbitrary: value },
  {
    weight: 6,
    arbitrary: fc.record(
      {
        other: value,
        items: fc.oneof(
          { weight: 4, arbitrary: fc.array(value, { maxLength: 4 }) },
          { weight: 1, arbitrary: value },
        ),
        usage,
        model: fc.oneof(fc.constantFrom('m', 'n', null), value),
      },
      { requiredKeys: [] },
    ),
  },
) as fc.Arbitrary<JsonValue>;
const shard = (indent: number): fc.Arbitrary<Shard> =>
  fc
    .tuple(result, fc.constantFrom('envelope' as const, 'bare' as const), fc.boolean())
    .map(([result, form, isResultFirst]) => {
      const head = { task_id: 'shard', worker_id: 'w', metadata: null, received_at: AT };
      const whole = isResultFirst ? { result, ...head } : { ...head, result };
      return { form, text: JSON.stringify(form === 'bare' ? result : whole, null, indent) };
    });

test('any shards as we store them give the same bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(shard(0), { minLength: 1, maxLength: 5 }), async (shards) => {
      const { bytes, inMemory } = await merged(shards);
      expect(bytes).toBe(JSON.stringify(inMemory.result));
    }),
    { numRuns: 200 },
  );
});

test('any others keep theirs and mean the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(shard(2), { minLength: 1, maxLength: 4 }), async (shards) => {
      const { bytes } = await merged(shards);
      for (const { text } of shards) expect(bytes).toContain(text);
    }),
    { numRuns: 100 },
  );
  const odd = '{"items": [ ] , "items":[ 1.0, "\\u0041" ], "usage":{"n":1e2,"n":2}, "model" : "\\u006d"}\n';
  const { bytes } = await merged([
    { text: odd, form: 'bare' },
    { text: '{"items":[\n]}', form: 'bare' },
  ]);
  expect(bytes).toContain('"merged":{"items":[ 1.0, "\\u0041" ],"usage":{"n":2},"model":"m"}');
});

test('large ones are put together piece by piece', async () => {
  const items = Array.from({ length: 30_000 }, (_, index) => ({ index, output: 'x'.repeat(index % 97) }));
  const shards = [1, 2, 3].map((n) => ({
    form: 'bare' as const,
    text: JSON.stringify({ items, usage: { n }, model: 'm' }),
  }));
  const { bytes, inMemory } = await merged(shards);
  expect(bytes === JSON.stringify(inMemory.result)).toBe(true);
});

describe('nothing is left of it', () => {
  const left = async (): Promise<string[]> =>
    (await readdir(join(root, '.spool'))).filter((name) => name !== 'owners');
  const text = JSON.stringify({ items: ['x'.repeat(3_000_000)] });

  test('when a shard changes meanwhile', async () => {
    const shards = await Promise.all([1, 2].map((_, index) => onDisk({ text, form: 'bare' }, index)));
    const [first, second] = shards as [OpenShard, OpenShard];
    const path = join(root, `shard-${String(files - 1)}.json`);
    const changes: OpenShard = async () => {
      await writeFile(path, text.replaceAll('x', 'y'));
      return await second();
    };
    await expect(merge.merge(PARENT, [first, changes], AT, never)).rejects.toThrow(/took its place/);
    expect(await left()).toEqual([]);
  });

  test('when a shard is gone, or the service ends', async () => {
    const open = await onDisk({ text, form: 'bare' }, 0);
    await expect(merge.merge(PARENT, [open, () => Promise.resolve(null)], AT, never)).rejects.toThrow(/gone/);
    await expect(merge.merge(PARENT, [open], AT, AbortSignal.abort())).rejects.toThrow(/abort/);
    expect(await left()).toEqual([]);
  });

  test('when what is summed up is too large', async () => {
    const usage = { text: 'x'.repeat(17_000_000) };
    const open = await onDisk({ text: JSON.stringify({ usage }), form: 'bare' }, 0);
    const four = merge.merge(PARENT, [open, open, open, open], AT, never);
    await expect(four).rejects.toThrow(/result\.usage has \d+ bytes; at most 33554432 bytes/);
    expect(await left()).toEqual([]);
  });
});
