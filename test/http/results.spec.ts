// Posting results and reading them back, over real HTTP, Redis and files.
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { TaskId } from '../../src/core/ids';
import { ResultFiles } from '../../src/results/result-files';
import { waitFor } from '../helpers/wait';
import { type HttpApp, startHttpApp } from './app';
import { json, parseAnswer } from './raw';

const MIB = 1024 * 1024;
let app: HttpApp;

jest.setTimeout(30_000);

beforeAll(async () => {
  app = await startHttpApp({ RESULT_MAX_BYTES: String(128 * MIB) });
});
afterAll(() => app.stop());

function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return fetch(`${app.url}/api/v1/results`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: text,
  });
}
const get = (id: string): Promise<Response> => fetch(`${app.url}/api/v1/results/${id}`);
const statusOf = async (id: TaskId): Promise<string | undefined> => (await app.tasks.read(id))?.status;
const spoolIsEmpty = async (): Promise<boolean> =>
  !(await app.files()).some((path) => path.startsWith('.spool'));

describe('posting a result', () => {
  test('stores the envelope, completes the task and says so', async () => {
    const id = await app.submit();
    await app.dispatch(id);
    const worker = (await app.tasks.read(id))?.attemptWorker;
    const answer = await post({
      task_id: id,
      result: { items: [1, 2] },
      worker_id: worker,
      metadata: { a: 1 },
    });
    expect(answer.status).toBe(201);
    expect(await json(answer)).toEqual({ ok: true, path: `${id}/responses.json` });
    expect(await statusOf(id)).toBe('DONE');
    expect(app.stored).toContain(id);
    await app.caughtUp();
    const envelope = JSON.parse(await readFile(join(app.resultsDir, id, 'responses.json'), 'utf8'));
    expect(envelope).toEqual({
      task_id: id,
      worker_id: worker,
      metadata: { a: 1 },
      received_at: expect.stringMatching(/^\d{4}-/),
      result: { items: [1, 2] },
    });
    const read = await get(id);
    expect(read.headers.get('content-type')).toMatch('application/json');
    expect(await json(read)).toEqual(envelope);
  });

  test('keeps the bytes of the result as they are', async () => {
    const id = await app.submit();
    const bytes = '{ "a" : 1.0, "b":12345678901234567890, "\\u0063": "\\ud83d\\ude00 \u00e9", "a": 2 }';
    await post(`{"task_id":"${id}","result":${bytes} ,"received_at":"then"}`);
    await app.caughtUp();
    const text = await readFile(join(app.resultsDir, id, 'responses.json'), 'utf8');
    expect(text).toContain(bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect((await app.tasks.read(id))?.resultSha256).toBe(sha256);
    const record = await app.nest.get(ResultFiles).committed(id);
    expect(record).toMatchObject({ sha256, sizeBytes: Buffer.byteLength(bytes) });
    expect(text).toMatch('"received_at":"then"');
  });

  test('answers 200 to the same bytes again, and 409 to others, keeping the first', async () => {
    const id = await app.submit();
    const first = { task_id: id, result: { n: 1 } };
    expect((await post(first)).status).toBe(201);
    const again = await post({ ...first, metadata: { late: true } });
    expect([again.status, await json(again)]).toEqual([200, { ok: true, path: `${id}/responses.json` }]);
    const other = await post({ ...first, result: { n: 2 } });
    expect([other.status, (await json(other)).type]).toEqual([409, 'urn:orchestrator:conflict']);
    expect((await json(await get(id))).result).toEqual({ n: 1 });
    expect(await spoolIsEmpty()).toBe(true);
  });

  test('posted twice at once is created once', async () => {
    const id = await app.submit();
    const answers = await Promise.all([1, 2, 3, 4].map(() => post({ task_id: id, result: {} })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
  });

  test('of two different ones at once, the one that is accepted is the one that is stored', async () => {
    const id = await app.submit();
    const answers = await Promise.all([1, 2, 3].map((n) => post({ task_id: id, result: { n } })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    const winner = answers.findIndex(({ status }) => status === 201) + 1;
    expect((await json(await get(id))).result).toEqual({ n: winner });
  });

  test.each([
    ['an unknown task', 404, (): Promise<string> => Promise.resolve('no-such-task'), undefined],
    [
      'a cancelled task',
      409,
      async (): Promise<string> => {
        const id = await app.submit();
        await app.cancel(id);
        return id;
      },
      undefined,
    ],
    [
      'a failed task',
      409,
      async (): Promise<string> => {
        const id = await app.submit();
        await app.fail(id);
        return id;
      },
      undefined,
    ],
  ])('for %s is %i and leaves nothing', async (_name, status, prepare) => {
    const id = await prepare();
    const before = await app.files();
    const answer = await post({ task_id: id, result: {} });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch('application/problem+json');
    expect(await app.files()).toEqual(before);
    expect(await readdir(app.resultsDir)).not.toContain(id);
    expect((await get(id)).status).toBe(404);
  });

  test('of an older attempt is 409, of the newer one 201', async () => {
    const id = await app.submit();
    const older = await app.dispatch(id);
    await app.lose(id, older);
    const newer = await app.dispatch(id);
    const stale = await post({ task_id: id, result: { from: 'older' } }, { 'X-Orchestrator-Attempt': older });
    expect(stale.status).toBe(409);
    const fresh = await post({ task_id: id, result: { from: 'newer' } }, { 'X-Orchestrator-Attempt': newer });
    expect(fresh.status).toBe(201);
    expect((await json(await get(id))).result).toEqual({ from: 'newer' });
  });

  test('of an attempt whose worker was declared lost still counts while no newer one went out', async () => {
    const id = await app.submit();
    const attempt = await app.dispatch(id);
    await app.lose(id, attempt);
    expect((await post({ task_id: id, result: {} }, { 'X-Orchestrator-Attempt': attempt })).status).toBe(201);
  });

  test.each<[string, string | Buffer, string[]]>([
    ['no JSON', 'nonsense', ['malformed']],
    ['JSON that breaks off', '{"task_id":"a","result":{', ['malformed']],
    ['something after the end', '{"task_id":"a","result":{}}}', ['malformed']],
    ['NaN', '{"task_id":"a","result":NaN}', ['malformed']],
    ['a list', '[]', ['wrong_type']],
    ['nothing', '', ['malformed']],
    ['no members', '{}', ['missing', 'missing']],
    [
      'members of wrong types',
      '{"task_id":1,"result":1,"worker_id":2,"metadata":[],"received_at":3}',
      ['malformed', 'malformed', 'wrong_type', 'wrong_type'],
    ],
    ['two results', '{"task_id":"a","result":1,"result":2}', ['malformed']],
    ['a path as an id', '{"task_id":"../../etc/passwd","result":1}', ['malformed']],
    ['a huge worker id', `{"task_id":"a","result":1,"worker_id":"${'w'.repeat(5000)}"}`, ['too_long']],
    [
      'nesting 50,000 deep',
      `{"task_id":"a","result":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
      ['malformed'],
    ],
    ['no UTF-8', Buffer.from('{"task_id":"a","result":"\xff"}', 'latin1'), ['malformed']],
  ])('with %s is 400 naming each mistake', async (_name, body, codes) => {
    const answer = await post(body);
    const problem = await json(answer);
    expect([answer.status, problem.errors.map(({ code }: { code: string }) => code)]).toEqual([400, codes]);
    expect(problem.instance).toBe(answer.headers.get('x-request-id'));
    expect(await spoolIsEmpty()).toBe(true);
  });

  test.each([
    ['a compressed body', { 'Content-Encoding': 'gzip' }],
    ['another charset', { 'Content-Type': 'application/json; charset=utf-16' }],
    ['multipart', { 'Content-Type': 'multipart/form-data; boundary=x' }],
  ])('with %s is 415', async (_name, headers) => {
    expect((await post('{}', headers)).status).toBe(415);
  });

  test.each(['', 'text/plain', 'application/x-www-form-urlencoded'])(
    'is taken as type "%s"',
    async (type) => {
      const id = await app.submit();
      expect((await post({ task_id: id, result: {} }, { 'Content-Type': type })).status).toBe(201);
    },
  );

  test('of 100 MiB is streamed: taken, whole, with little memory, while other requests go on', async () => {
    const id = await app.submit();
    const block = `"${randomBytes(MIB / 2).toString('hex')}",`;
    const blocks = 100;
    const sha256 = createHash('sha256').update('[');
    for (let n = 0; n < blocks; n += 1) sha256.update(block);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const sampler = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 5);
    const posted = postInPieces([
      `{"task_id":"${id}","result":[`,
      ...Array<string>(blocks).fill(block),
      '0],"metadata":{"n":1}}',
    ]);
    const started = performance.now();
    expect((await get('some-other')).status).toBe(404);
    expect(performance.now() - started).toBeLessThan(1000);
    expect(await posted).toBe(201);
    clearInterval(sampler);
    expect(most - before).toBeLessThan(64 * MIB);
    expect((await app.tasks.read(id))?.resultSha256).toBe(sha256.update('0]').digest('hex'));
    let length = 0;
    let last = '';
    for await (const chunk of ((await get(id)).body ?? []) as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      last = Buffer.from(chunk).toString().slice(-200);
    }
    expect(length).toBeGreaterThan(blocks * block.length);
    expect(last).toMatch('0],"task_id"');
    expect(last).toMatch('"metadata":{"n":1}');
    expect(await spoolIsEmpty()).toBe(true);
  });

  test('above the limit is 413, announced or not, and leaves nothing', async () => {
    const id = await app.submit();
    const pieces = [`{"task_id":"${id}","result":"`, ...Array<string>(129).fill('x'.repeat(MIB)), '"}'];
    expect(await postInPieces(pieces)).toBe(413);
    const head = `POST /api/v1/results HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${String(129 * MIB)}\r\n\r\n`;
    const socket = connect(app.port, '127.0.0.1');
    socket.write(head);
    const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    socket.destroy();
    expect(parseAnswer(answer.toString()).status).toBe(413);
    expect(await spoolIsEmpty()).toBe(true);
    expect(await statusOf(id)).toBe('PENDING');
  });

  test('that is broken off leaves nothing', async () => {
    const id = await app.submit();
    const socket = connect(app.port, '127.0.0.1');
    socket.write(`POST /api/v1/results HTTP/1.1\r\nHost: x\r\nContent-Length: ${String(9 * MIB)}\r\n\r\n`);
    socket.write(`{"task_id":"${id}","result":"${'x'.repeat(3 * MIB)}`);
    await waitFor('a file in the spool', async () => !(await spoolIsEmpty()));
    socket.destroy();
    await waitFor('an empty spool', spoolIsEmpty);
    expect(await statusOf(id)).toBe('PENDING');
  });

  test('is 409 where a link stands in place of the directory of the task', async () => {
    const id = await app.submit();
    await symlink('/tmp', join(app.resultsDir, id));
    expect((await post({ task_id: id, result: {} })).status).toBe(409);
    expect(await statusOf(id)).toBe('PENDING');
  });
});

describe('reading a result', () => {
  const shared = async (path: string, text: string): Promise<void> => {
    await mkdir(join(app.resultsDir, path), { recursive: true });
    await writeFile(join(app.resultsDir, path, 'responses.json'), text);
  };

  test('wraps a bare one from shared storage', async () => {
    const id = await app.submit();
    await shared(id, '{"items": []}');
    const answer = await get(id);
    const text = await answer.text();
    expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    expect(JSON.parse(text)).toEqual({
      task_id: id,
      worker_id: null,
      metadata: null,
      received_at: expect.stringMatching(/^\d{4}-/),
      result: { items: [] },
    });
  });

  test.each([
    ['relative', 'outputs/run-1'],
    ['absolute below the mount', '<mount>/deep'],
  ])('looks at output.destination.path, %s', async (_name, path) => {
    const place = path.replace('<mount>', app.resultsDir);
    const id = await app.submit(`  output: {destination: {type: local, path: "${place}"}}`);
    await shared(join(path.replace('<mount>/', ''), id), '[1]');
    expect((await json(await get(id))).result).toEqual([1]);
  });

  test.each(['../outside', '/etc', 'a/../../b'])('never leaves the mount for a path of %s', async (path) => {
    const id = await app.submit(`  output: {destination: {type: local, path: "${path}"}}`);
    expect((await get(id)).status).toBe(404);
  });

  test('takes it as it is when it is an envelope of this very task', async () => {
    const id = await app.submit();
    const envelope = { task_id: id, worker_id: 'w', metadata: {}, received_at: 'r', result: 7 };
    await shared(id, JSON.stringify(envelope));
    expect(await json(await get(id))).toEqual(envelope);
    const other = await app.submit();
    await shared(other, JSON.stringify(envelope));
    expect((await json(await get(other))).result).toEqual(envelope);
  });

  test('does not count a file that is half written', async () => {
    const id = await app.submit();
    await shared(id, '{"items": [1, 2');
    expect((await get(id)).status).toBe(404);
    await shared(id, '{"items": [1, 2]}');
    expect((await json(await get(id))).result).toEqual({ items: [1, 2] });
  });

  test('does not follow a link', async () => {
    const id = await app.submit();
    await mkdir(join(app.resultsDir, id));
    await symlink('/etc/hostname', join(app.resultsDir, id, 'responses.json'));
    expect((await get(id)).status).toBe(404);
  });

  test('is 404 for what is not there and 400 for what is no id', async () => {
    expect((await get('nobody')).status).toBe(404);
    expect((await get('a.b')).status).toBe(400);
    expect((await get('x'.repeat(129))).status).toBe(400);
  });

  test('answers HEAD without a body', async () => {
    const id = await app.submit();
    await post({ task_id: id, result: {} });
    const answer = await fetch(`${app.url}/api/v1/results/${id}`, { method: 'HEAD' });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });
});

describe('conditions and ranges', () => {
  const ask = (id: string, headers: Record<string, string>, method = 'GET'): Promise<Response> =>
    // fetch itself asks for a fresh copy else.
    fetch(`${app.url}/api/v1/results/${id}`, {
      method,
      headers: { 'Cache-Control': 'max-age=0', ...headers },
    });
  let id: TaskId;
  let text: string;
  let etag: string;
  beforeAll(async () => {
    id = await app.submit();
    await post({ task_id: id, result: { items: ['a', 'b'] } });
    const answer = await get(id);
    etag = answer.headers.get('etag') ?? '';
    text = await answer.text();
  });

  test('have the digest of the result as ETag, before it is in its final place and after', async () => {
    const sha256 = createHash('sha256').update('{"items":["a","b"]}').digest('hex');
    expect(etag).toBe(`"${sha256}"`);
    await app.caughtUp();
    const later = await get(id);
    expect([later.headers.get('etag'), later.headers.get('accept-ranges')]).toEqual([etag, 'bytes']);
  });

  test.each([
    ['If-None-Match that names it', (): Record<string, string> => ({ 'If-None-Match': etag }), 304],
    ['If-None-Match that names another', () => ({ 'If-None-Match': '"x"' }), 200],
    ['If-Match that names it', () => ({ 'If-Match': `"x", ${etag}` }), 200],
    ['If-Match that names another', () => ({ 'If-Match': '"x"' }), 412],
    ['a range beyond the end', () => ({ Range: 'bytes=9999-' }), 416],
    ['a range that is none', () => ({ Range: 'lines=1-2' }), 200],
    ['several ranges', () => ({ Range: 'bytes=0-1,5-6' }), 200],
    ['a range of another result', () => ({ Range: 'bytes=0-1', 'If-Range': '"x"' }), 200],
    ['a range of this result', () => ({ Range: 'bytes=0-1', 'If-Range': etag }), 206],
  ])('%s', async (_name, headers, status) => {
    const answer = await ask(id, headers());
    const body = await answer.text();
    expect(answer.status).toBe(status);
    if (status === 200) expect(body).toBe(text);
    if (status === 304) expect(body).toBe('');
    if (status === 416) expect(answer.headers.get('content-range')).toBe(`bytes */${String(text.length)}`);
  });

  test.each([
    ['bytes=0-9', 0, 10],
    ['bytes=-5', -5, undefined],
    ['bytes=7-99999', 7, undefined],
  ])('%s is that part of it', async (range, from, to) => {
    const answer = await ask(id, { Range: range });
    const body = await answer.text();
    expect([answer.status, body]).toEqual([206, text.slice(from, to)]);
    expect(answer.headers.get('content-length')).toBe(String(body.length));
  });

  test('reach over the envelope that is put around a bare result, whose ETag is weak', async () => {
    const bare = await app.submit();
    await mkdir(join(app.resultsDir, bare));
    await writeFile(join(app.resultsDir, bare, 'responses.json'), '{"items": []}');
    const whole = await get(bare);
    const all = await whole.text();
    expect(whole.headers.get('etag')).toMatch(/^W\//);
    for (const [from, to] of [
      [0, 3],
      [all.indexOf('"result"') + 4, all.length - 3],
      [all.indexOf('{"items"'), all.length - 1],
      [all.length - 1, all.length - 1],
    ] as const) {
      const part = await ask(bare, { Range: `bytes=${String(from)}-${String(to)}` });
      expect(await part.text()).toBe(all.slice(from, to + 1));
    }
    expect((await ask(bare, { 'If-None-Match': whole.headers.get('etag') ?? '' })).status).toBe(304);
  });
});

/** Chunked, without a Content-Length; the status of the answer. */
function postInPieces(pieces: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${app.url}/api/v1/results`, { method: 'POST' }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    const write = async (): Promise<void> => {
      for (const piece of pieces) {
        if (!request.write(piece)) await new Promise((go) => request.once('drain', go));
      }
      request.end();
    };
    write().catch(reject);
  });
}
