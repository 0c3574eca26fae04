/** Downloads that break off, end early, or come from storage that the service leads to. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Orchestrator } from '../../clients/typescript/src';
import { sha256 } from '../helpers/client';
import { ORCHESTRATOR, type Ran, runCommand } from '../helpers/command';

const FILE = 'a model of many bytes '.repeat(1_000);
const DIGEST = sha256(FILE);

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
let servers: Server[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-downloads-'));
});
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
  servers = [];
  await rm(folder, { recursive: true });
});

async function serve(answer: Answer): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}
const save = (url: string): Promise<Ran> =>
  runCommand(process.execPath, [ORCHESTRATOR, 'download', 't', 'model.bin'], {
    env: { ORCHESTRATOR_URL: url },
    cwd: folder,
  });
const saved = (): Promise<string> => readFile(join(folder, 'model.bin'), 'utf8');
const kept = (): Promise<string[]> => readdir(folder);

/** A file, or the part of it that is asked for, of which so many bytes come at a time before the connection breaks. */
const breaking =
  (asked: (string | undefined)[], atOnceBytes: number, ranges = true): Answer =>
  ({ headers: { range } }, response) => {
    asked.push(range);
    const from = ranges ? Number(/^bytes=(\d+)-$/.exec(range ?? 'bytes=0-')?.[1]) : 0;
    response.statusCode = from === 0 ? 200 : 206;
    if (from > 0) {
      response.setHeader(
        'Content-Range',
        `bytes ${String(from)}-${String(FILE.length - 1)}/${String(FILE.length)}`,
      );
    }
    response.setHeader('ETag', `"${DIGEST}"`).setHeader('Content-Length', FILE.length - from);
    if (FILE.length - from <= atOnceBytes) response.end(FILE.slice(from));
    else response.write(FILE.slice(from, from + atOnceBytes), () => setImmediate(() => response.destroy()));
  };

/** A service that leads to storage, which has a tag of its own for the file. */
async function leading(stored: string): Promise<{ url: string; authorized: (string | undefined)[] }> {
  const authorized: (string | undefined)[] = [];
  const storage = await serve(({ headers }, response) => {
    authorized.push(headers.authorization);
    response.setHeader('ETag', '"d41d8cd98f00b204e9800998ecf8427e"').end(stored);
  });
  const url = await serve(({ method }, response) => {
    if (method !== 'HEAD') response.writeHead(307, { Location: `${storage}/bucket/model.bin?signed` }).end();
    else response.setHeader('ETag', `"${DIGEST}"`).setHeader('Content-Length', FILE.length).end();
  });
  return { url, authorized };
}

test('a download that breaks off goes on where it broke', async () => {
  const asked: (string | undefined)[] = [];
  expect(await save(await serve(breaking(asked, 10_000)))).toMatchObject({ code: 0, stderr: '' });
  expect(await saved()).toBe(FILE);
  expect(asked).toHaveLength(3);
  expect(asked[0]).toBeUndefined();
});

test('a download that breaks off too often, or cannot be gone on with, fails and leaves nothing', async () => {
  for (const answer of [breaking([], 1_000), breaking([], 10_000, false)]) {
    const url = await serve(answer);
    const { code, stderr } = await save(url);
    expect([code, stderr]).toEqual([3, expect.stringContaining(`${url} broke off: `)]);
    expect(await kept()).toEqual([]);
  }
});

test('a file from storage that the service leads to has the length and digest that the service says', async () => {
  const { url, authorized } = await leading(FILE);
  const { body, ...described } = await new Orchestrator({ url, token: 'secret' }).download('t', 'model.bin');
  expect(described).toEqual({ name: 'model.bin', sizeBytes: FILE.length, sha256: DIGEST });
  expect(await new Response(body).text()).toBe(FILE);
  expect(authorized).toEqual([undefined]);
  expect(await save(url)).toMatchObject({ code: 0 });
  expect(await saved()).toBe(FILE);
});

test.each([
  ['is shorter', FILE.slice(1), `it ended after ${String(FILE.length - 1)} of ${String(FILE.length)} bytes`],
  ['is another', FILE.replace('many', 'some'), `not ${DIGEST}; it was not kept`],
])('a file from storage that %s than the service says is not kept', async (_what, stored, why) => {
  const { url } = await leading(stored);
  expect(await save(url)).toMatchObject({ code: 3, stderr: expect.stringContaining(why) });
  expect(await kept()).toEqual([]);
});
