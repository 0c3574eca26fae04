// An archive while it is sent: to a reader that is slow, that goes away, and of files that go away.
import { createHash } from 'node:crypto';
import { PassThrough, Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGunzip, gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { type Entry, EntryChanged, sendArchive } from './archive';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const open: string[] = [];

beforeEach(() => {
  open.length = 0;
});
afterEach(() => {
  expect(open).toEqual([]);
});

function anEntry(name: string, bytes: Buffer, change: Partial<Entry> = {}): Entry {
  return {
    name,
    sizeBytes: bytes.length,
    sha256: sha256(bytes),
    modified: new Date('2026-01-01T00:00:00Z'),
    open: () => {
      open.push(name);
      return Promise.resolve({
        stream: () => Readable.from(piecesOf(bytes), { objectMode: false }),
        close: () => {
          open.splice(open.indexOf(name), 1);
          return Promise.resolve();
        },
      });
    },
    ...change,
  };
}

function* piecesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

async function unpack(archive: Buffer): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  const tar = extract();
  Readable.from([archive]).pipe(createGunzip()).pipe(tar);
  for await (const entry of tar) files[entry.header.name] = await buffer(entry);
  return files;
}

test('unpacks to what was put in, whatever the names and sizes', async () => {
  const want = {
    't/manifest.json': Buffer.from('{}'),
    't/empty': Buffer.alloc(0),
    [`t/${'long '.repeat(40)}.bin`]: Buffer.alloc(511, 'x'),
    't/模型.zip': Buffer.alloc(1_000_000, 'abc'),
  };
  const out = new PassThrough();
  const [archive] = await Promise.all([
    buffer(out),
    sendArchive(
      Object.entries(want).map(([name, bytes]) => anEntry(name, bytes)),
      out,
    ),
  ]);
  expect(await unpack(archive)).toEqual(want);
});

const BIG = Buffer.alloc(4_000_000, 'weights');
const pieces = async function* (...bytes: Buffer[]): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield* bytes;
};
const nothing = (): Promise<void> => Promise.resolve();

test.each<[string, Partial<Entry>]>([
  ['is gone', { open: () => Promise.resolve(null) }],
  ['has other bytes', { sha256: sha256(Buffer.from('other')) }],
  [
    'is cut',
    {
      open: () =>
        Promise.resolve({
          stream: async function* () {
            yield* pieces(BIG.subarray(0, 100));
            throw new Error('cut');
          },
          close: nothing,
        }),
    },
  ],
])('ends in nothing that could be taken for whole when a file %s', async (_, change) => {
  const out = new PassThrough();
  const chunks: Buffer[] = [];
  out.on('data', (chunk: Buffer) => chunks.push(chunk));
  const entries = [anEntry('a', BIG), anEntry('b', BIG, change), anEntry('c', BIG)];
  await expect(sendArchive(entries, out)).rejects.toThrow(EntryChanged);
  expect(out.destroyed).toBe(true);
  expect(() => gunzipSync(Buffer.concat(chunks))).toThrow();
});

test.each([
  ['fewer', pieces(Buffer.alloc(10))],
  ['more', pieces(BIG, BIG)],
])('breaks off when there are %s bytes than was said', async (_, bytes) => {
  const out = new PassThrough().resume();
  const entry = anEntry('b', BIG, { open: () => Promise.resolve({ stream: () => bytes, close: nothing }) });
  await expect(sendArchive([entry], out)).rejects.toThrow();
  expect(out.destroyed).toBe(true);
});

test('reads no further than its reader takes, and closes everything when that one goes away', async () => {
  let read = 0;
  const endless = async function* (): AsyncGenerator<Buffer> {
    for (;;) {
      read += 65_536;
      yield* pieces(Buffer.alloc(65_536, String(read)));
    }
  };
  const stuck = new Writable({ write: () => undefined });
  const entry = anEntry('b', BIG, { sizeBytes: 1024 ** 4 });
  const source = await entry.open();
  const sending = sendArchive(
    [{ ...entry, open: () => Promise.resolve({ stream: endless, close: () => source!.close() }) }],
    stuck,
  );
  let before = -1;
  while (before !== read || read === 0) {
    before = read;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  // Compressible bytes: what fits into a few buffers of the archive is a good deal of the file.
  expect(read).toBeLessThan(64 * 1024 * 1024);
  stuck.destroy();
  await expect(sending).rejects.toThrow();
});
