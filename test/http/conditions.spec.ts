// Conditions and ranges in one request, of a result and of a file: what the client has is looked at first (RFC 9110, 13.2.2).
import { type HttpApp, startHttpApp } from './app';
import { postResult, uploadFile } from './requests';

let app: HttpApp;

jest.setTimeout(60_000);
beforeAll(async () => {
  app = await startHttpApp();
});
afterAll(() => app.stop());

const EARLY = new Date(Date.now() - 3_600_000).toUTCString();
const LATE = new Date(Date.now() + 3_600_000).toUTCString();

async function stored(below: string): Promise<{ url: string; etag: string }> {
  const id = await app.submit();
  const attempt = await app.dispatch(id);
  await uploadFile(app, id, 'a.bin', 'bytes', attempt);
  await postResult(app, { task_id: id, result: 1 }, attempt);
  const url = `${app.url}/api/v1/results/${id}${below}`;
  const etag = (await fetch(url)).headers.get('ETag') ?? '';
  return { url, etag };
}
const statusOf = async (url: string, headers: Record<string, string>): Promise<number> =>
  // fetch asks for no copy otherwise.
  (await fetch(url, { headers: { 'Cache-Control': 'max-age=0', ...headers } })).status;

describe.each([
  ['a result', ''],
  ['a file', '/files/a.bin'],
])('of %s', (_what, below) => {
  test('a copy that is known is 304, whatever range is asked for', async () => {
    const { url, etag } = await stored(below);
    const range = { Range: 'bytes=1000000-' };
    expect(await statusOf(url, range)).toBe(416);
    expect(await statusOf(url, { ...range, 'If-None-Match': etag })).toBe(304);
    expect(await statusOf(url, { ...range, 'If-None-Match': '"other"' })).toBe(416);
    expect(await statusOf(url, { ...range, 'If-None-Match': etag, 'If-Match': '"other"' })).toBe(412);
  });

  test.each<[string, (length: number) => [from: number, to: number] | null | 'beyond']>([
    ['bytes=0-', (length) => [0, length]],
    ['bytes=2-3', () => [2, 4]],
    ['BYTES=2-3', () => [2, 4]],
    ['bytes=1-99999', (length) => [1, length]],
    ['bytes=-3', (length) => [length - 3, length]],
    // What reads the end of an archive first asks a small one for more than it has.
    ['bytes=-65536', (length) => [0, length]],
    [`bytes=-${'9'.repeat(30)}`, (length) => [0, length]],
    ['bytes=-0', () => 'beyond'],
    ['bytes=99999-', () => 'beyond'],
    [`bytes=${'9'.repeat(30)}-`, () => 'beyond'],
    // None of these is a range, or none that is served: all of it is the answer.
    ['bytes=3-2', () => null],
    ['bytes=-', () => null],
    ['bytes=a-b', () => null],
    ['bytes=0x1-2', () => null],
    ['bytes', () => null],
    ['lines=0-1', () => null],
    ['bytes=0-0,2-3', () => null],
    ['bytes=0-1,1-3', () => null],
  ])('Range: %s', async (range, want) => {
    const { url } = await stored(below);
    const all = Buffer.from(await (await fetch(url)).arrayBuffer());
    const answer = await fetch(url, { headers: { Range: range } });
    const body = Buffer.from(await answer.arrayBuffer());
    const part = want(all.length);
    const [status, told] =
      part === null
        ? [200, null]
        : part === 'beyond'
          ? [416, `bytes */${String(all.length)}`]
          : [206, `bytes ${String(part[0])}-${String(part[1] - 1)}/${String(all.length)}`];
    expect([answer.status, answer.headers.get('Content-Range')]).toEqual([status, told]);
    if (part !== 'beyond') expect(body).toEqual(all.subarray(...(part ?? [])));
  });
});

test('If-Unmodified-Since is honoured of a file, unless If-Match says which it is', async () => {
  const { url, etag } = await stored('/files/a.bin');
  expect(await statusOf(url, { 'If-Unmodified-Since': EARLY })).toBe(412);
  expect(await statusOf(url, { 'If-Unmodified-Since': LATE })).toBe(200);
  expect(await statusOf(url, { 'If-Unmodified-Since': EARLY, 'If-Match': etag })).toBe(200);
});
