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
});

test('If-Unmodified-Since is honoured of a file, unless If-Match says which it is', async () => {
  const { url, etag } = await stored('/files/a.bin');
  expect(await statusOf(url, { 'If-Unmodified-Since': EARLY })).toBe(412);
  expect(await statusOf(url, { 'If-Unmodified-Since': LATE })).toBe(200);
  expect(await statusOf(url, { 'If-Unmodified-Since': EARLY, 'If-Match': etag })).toBe(200);
});
