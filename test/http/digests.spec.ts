// Digests that clients announce of bodies that are not a file alone: results, forms, parts of a resumable upload.
import type { TaskId } from '../../src/core/ids';
import { type HttpApp, startHttpApp } from './app';
import { json, sendRaw } from './raw';
import { digestOf } from './requests';
import { begin, offsetOf, patch, sha256, terminate } from './tus';

let app: HttpApp;
let id: TaskId;

jest.setTimeout(60_000);
beforeAll(async () => {
  app = await startHttpApp();
});
beforeEach(async () => {
  id = await app.submit();
});
afterAll(() => app.stop());

const HEADERS = ['Content-Digest', 'Repr-Digest', 'Digest'] as const;
const inHeader = (name: (typeof HEADERS)[number], body: string): Record<string, string> => ({
  [name]:
    name === 'Digest' ? `SHA-256=${Buffer.from(sha256(body), 'hex').toString('base64')}` : digestOf(body),
});
const result = (text: string): string => JSON.stringify({ task_id: id, result: text });
const postResult = (body: string, headers: Record<string, string>): Promise<Response> =>
  fetch(`${app.url}/api/v1/results`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  });
const form = (bytes: string): string =>
  `--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n${bytes}\r\n--b--\r\n`;
const postForm = (body: string, headers: Record<string, string>): Promise<Response> =>
  fetch(`${app.url}/api/v1/results/${id}/files`, {
    method: 'POST',
    headers: { 'Content-Type': 'multipart/form-data; boundary=b', ...headers },
    body,
  });

describe.each<
  [string, (text: string) => string, (body: string, headers: Record<string, string>) => Promise<Response>]
>([
  ['a result', (text) => result(text), postResult],
  ['a large result', (text) => result(text.repeat(500_000)), postResult],
  ['a form', form, postForm],
  ['a large form', (text) => form(text.repeat(500_000)), postForm],
])('of %s', (_what, bodyOf, post) => {
  test.each(HEADERS)('in %s: another body is 400, the same is taken', async (name) => {
    const body = bodyOf('abcd');
    const refused = await post(body.replace('abcd', 'abce'), inHeader(name, body));
    expect([refused.status, (await json(refused)).errors[0].code]).toEqual([400, 'digest_mismatch']);
    expect(await app.files()).not.toContainEqual(expect.stringContaining(id));
    expect((await post(body, inHeader(name, body))).status).toBe(201);
  });

  test('that cannot be checked is 400', async () => {
    const refused = await post(bodyOf('abcd'), { 'Content-Digest': 'md5=:AAAA:' });
    expect([refused.status, (await json(refused)).errors[0].code]).toEqual([400, 'digest_not_understood']);
  });
});

test.each([
  ['announced', 'Trailer: Content-Digest\r\n', true, 201],
  ['announced, of another body', 'Trailer: Content-Digest\r\n', false, 400],
  ['not announced', '', true, 400],
])('of a result, in a trailer that is %s', async (_how, trailer, isRight, status) => {
  const body = result('abcd');
  const { status: answered } = await sendRaw(
    app.port,
    `POST /api/v1/results HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n${trailer}\r\n` +
      `${body.length.toString(16)}\r\n${body}\r\n0\r\nContent-Digest: ${digestOf(isRight ? body : 'other')}\r\n\r\n`,
  );
  expect(answered).toBe(status);
});

test.each(HEADERS)(
  'of a part of a resumable upload, in %s: another part is 460 and dropped',
  async (name) => {
    const url = await begin(app, { task_id: id, filename: 'a.bin' }, 8);
    expect((await patch(url, 0, 'abcd', inHeader(name, 'abcd'))).status).toBe(204);
    expect((await patch(url, 4, 'abcd', inHeader(name, 'abce'))).status).toBe(460);
    expect((await patch(url, 4, 'abcd', { [name]: 'md5=:AAAA:' })).status).toBe(400);
    expect(await offsetOf(url)).toBe(4);
    const both = { ...inHeader(name, 'abcd'), 'Upload-Checksum': 'sha1 AAAA' };
    expect((await patch(url, 4, 'abcd', both)).status).toBe(460);
    expect((await terminate(url)).status).toBe(204);
  },
);

test('of a result is told where it is known, of all of it and of what is sent', async () => {
  const id = await app.submit();
  expect((await postResult(JSON.stringify({ task_id: id, result: [1, 2] }), {})).status).toBe(201);
  const url = `${app.url}/api/v1/results/${id}`;
  const digests = async (headers: Record<string, string> = {}): Promise<(string | null)[]> => {
    const answer = await fetch(url, { headers });
    return ['Repr-Digest', 'Content-Digest'].map((name) => answer.headers.get(name));
  };
  const all = await (await fetch(url)).text();
  expect(await digests()).toEqual([null, null]);
  expect((await fetch(`${url}/manifest`)).status).toBe(200);
  expect(await digests()).toEqual([digestOf(all), digestOf(all)]);
  expect(await digests({ Range: 'bytes=0-4' })).toEqual([digestOf(all), null]);
});
