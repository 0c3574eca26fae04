// What is read out of an envelope on disk is what parsing all of it would have found.
import fc from 'fast-check';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trustedTaskId } from '../core/ids';
import type { JsonPath, JsonValue } from '../core/json';
import { describeReached, walkPath } from '../core/template/path';
import { pickPaths } from '../core/template/upstream';
import { Wanted } from '../core/template/wanted';
import { FileSource } from '../artifacts/byte-source';
import { OpenEnvelope } from './open-envelope';
import { PathScanner } from './path-scan';
import { ResultParts } from './result-parts';

const NAMES = ['a', 'b', 'a.b', 'é"\\', '7', ''];
const names = fc.constantFrom(...NAMES);
const paths = fc.array(fc.array(fc.oneof(names, fc.integer({ min: -3, max: 4 })), { maxLength: 4 }), {
  maxLength: 5,
});
/** As text, with blanks, escapes, and names that are there twice. */
const { text: texts } = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { depthSize: 'medium' },
    fc.constantFrom('null', 'true', '-0.5e3', '""', '"x\\u00e9\\"}é😀"', '[]', '{}'),
    fc
      .array(tie('text'), { maxLength: 6 })
      .chain((items) => fc.constantFrom(',', ' ,\n').map((comma) => `[${items.join(comma)}]`)),
    fc
      .array(fc.tuple(names, tie('text'), fc.constantFrom(':', ' : ')), { maxLength: 5 })
      .map(
        (members) => `{${members.map(([name, value, colon]) => nameOf(name) + colon + value).join(', ')} }`,
      ),
  ),
}));
/** Spelled with an escape where it could do without. */
const nameOf = (name: string): string => JSON.stringify(name).replaceAll('b', '\\u0062');

let root: string;
beforeAll(async () => (root = await mkdtemp(join(tmpdir(), 'orchestrator-parts-'))));
afterAll(() => rm(root, { recursive: true, force: true }));

let files = 0;
async function opened(text: string, form: 'envelope' | 'bare'): Promise<OpenEnvelope> {
  const path = join(root, String((files += 1)));
  await writeFile(path, text);
  const handle = await open(path);
  const source = new FileSource(handle, await handle.stat());
  return new OpenEnvelope(trustedTaskId('task-1'), { source, form, sha256: null });
}

test('every path finds in the parts what it finds in the whole, or says the same of what there is', async () => {
  const parts = new ResultParts();
  await fc.assert(
    fc.asyncProperty(texts, paths, async (text, wanted) => {
      const whole = JSON.parse(text) as JsonValue;
      const envelope = await opened(text, 'envelope');
      const part = await parts.read(envelope, { paths: wanted, spreads: true });
      await envelope.close();
      for (const path of wanted) {
        const [inPart, inWhole] = [walkPath(part, path), walkPath(whole, path)];
        expect(inPart.found ? inPart.value : undefined).toEqual(inWhole.found ? inWhole.value : undefined);
        if (inPart.found || inWhole.found) continue;
        expect(inPart.walked).toEqual(inWhole.walked);
        // A name that is there twice is counted twice, and JSON.parse puts numbers first.
        if (/"7"|("[^"]*").*\1/s.test(text)) continue;
        expect(describeReached('x', inPart.walked, inPart.reached)).toBe(
          describeReached('x', inWhole.walked, inWhole.reached),
        );
      }
      expect(pickPaths(part, wanted)).toEqual(pickPaths(whole, wanted));
    }),
    { numRuns: 500 },
  );
});

test('a bare result has its envelope around it', async () => {
  const envelope = await opened('{"items": [1, {"output": "x"}]}', 'bare');
  const all: JsonPath[] = [['result', 'items', -1, 'output'], ['task_id'], ['worker_id'], []];
  const part = await new ResultParts().read(envelope, { paths: all, spreads: true });
  await envelope.close();
  expect(all.slice(0, 3).map((path) => walkPath(part, path))).toMatchObject([
    { value: 'x' },
    { value: 'task-1' },
    { value: null },
  ]);
});

test('where values lie does not depend on how the text comes in pieces', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
  const scanned = (bytes: Buffer, pieces: readonly number[], wanted: readonly JsonPath[]): unknown => {
    const scanner = new PathScanner(new Wanted(wanted, true));
    for (let at = 0, n = 0; at < bytes.length; n += 1) {
      const length = pieces[n % pieces.length] ?? 1;
      scanner.push(bytes.subarray(at, at + length));
      at += length;
    }
    return scanner.finish();
  };
  fc.assert(
    fc.property(texts, paths, lengths, (text, wanted, pieces) => {
      const bytes = Buffer.from(text);
      expect(scanned(bytes, pieces, wanted)).toEqual(scanned(bytes, [bytes.length], wanted));
    }),
    { numRuns: 500 },
  );
});

describe('a value that is too large', () => {
  test('is refused with its path, its bytes and the limit, before any of it is read', async () => {
    const text = `{"result":{"small":1,"list":["${'x'.repeat(2_000)}"]}}`;
    const envelope = await opened(text, 'envelope');
    const query = {
      paths: [
        ['result', 'small'],
        ['result', 'list', 0],
      ],
      spreads: true,
    };
    const parts = new ResultParts();
    await expect(parts.read(envelope, query, { leftBytes: 1_000 })).rejects.toThrow(
      /task-1 is too large: result\.list\[0\] has 2002 bytes, 2003 together with the other 1 values; at most \d+ bytes/,
    );
    expect(await parts.read(envelope, query, { leftBytes: 3_000 })).toBeDefined();
    await envelope.close();
  });

  test('counts against what several results have room for', async () => {
    const room = { leftBytes: 100 };
    const parts = new ResultParts();
    for (const [text, isIn] of [
      ['"1"', true],
      [`"${'2'.repeat(97)}"`, false],
      ['"3"', true],
    ] as const) {
      const envelope = await opened(text, 'envelope');
      const read = parts.read(envelope, { paths: [[]], spreads: true }, room);
      await (isIn ? read : expect(read).rejects.toThrow('all of it has 99 bytes'));
      await envelope.close();
    }
  });

  test('may also be very many small ones', async () => {
    const envelope = await opened(`{"items":[${'{"x":1},'.repeat(201_000)}{}]}`, 'envelope');
    const all = { paths: [['items', 'x']], spreads: true };
    await expect(new ResultParts().read(envelope, all)).rejects.toThrow(/more than 200000 values/);
    // Of those that are counted from the end, only as many are kept as are asked for.
    const last = { paths: [['items', -2, 'x']], spreads: true };
    expect(walkPath(await new ResultParts().read(envelope, last), ['items', -2, 'x'])).toMatchObject({
      value: 1,
    });
    await envelope.close();
  });
});

test('a file that is written over while it is read gives nothing', async () => {
  const envelope = await opened('{"a":1}', 'envelope');
  await writeFile(join(root, String(files)), '{"a":2 }');
  await expect(new ResultParts().read(envelope, { paths: [['a']], spreads: true })).rejects.toThrow(
    /written over/,
  );
  await envelope.close();
});
