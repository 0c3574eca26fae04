/** The client before a service that takes connections and says nothing, or falls silent in the middle of an answer. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Orchestrator, UnreachableError, WaitTimeoutError } from '../../clients/typescript/src';
import { ORCHESTRATOR, type Ran, runCommand } from '../helpers/command';

let server: Server;
let url: string;
let folder: string;
/** What each connection is sent, once it has asked. */
let answer: string;
const sockets = new Set<Socket>();

beforeEach(async () => {
  answer = '';
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-silent-'));
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(answer));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await new Promise((closed) => server.close(closed));
  await rm(folder, { recursive: true });
});

const cli = (...args: string[]): Promise<Ran> =>
  runCommand(process.execPath, [ORCHESTRATOR, ...args], { env: { ORCHESTRATOR_URL: url }, cwd: folder });
const HALF = [
  'HTTP/1.1 200 OK',
  'Content-Type: application/octet-stream',
  'Content-Length: 100',
  `ETag: "${'0'.repeat(64)}"`,
  '',
  'half',
].join('\r\n');

test('waiting ends when its time is up, with what is open', async () => {
  const waiting = new Orchestrator({ url }).waitFor(['a', 'b'], { timeoutMs: 100 });
  await expect(waiting).rejects.toThrow(WaitTimeoutError);
  await expect(waiting).rejects.toMatchObject({ open: ['a', 'b'] });
  const { code, stderr } = await cli('wait', 'a', '--timeout', '0.2');
  expect([code, stderr]).toEqual([5, '1 of the tasks did not end within 0.2 s\n']);
});

test('waiting ends with the reason of its signal', async () => {
  const stop = new AbortController();
  const waiting = new Orchestrator({ url }).waitFor(['a'], { timeoutMs: 600_000, signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});

test('a request that is not answered is given up, as often as it may be sent', async () => {
  await expect(new Orchestrator({ url, silenceMs: 50, retries: 1 }).task('a')).rejects.toThrow(
    new UnreachableError(url, new Error('nothing was heard for 0.05 s')),
  );
  expect(sockets.size).toBe(2);
  const { code, stderr } = await cli('cancel', 'a', '--silence', '0.2');
  expect([code, stderr]).toEqual([3, `${url} does not answer: nothing was heard for 0.2 s\n`]);
});

test('an answer that stops in the middle is given up, and nothing of it is kept', async () => {
  answer = HALF;
  const { body } = await new Orchestrator({ url, silenceMs: 500 }).download('t', 'f');
  await expect(new Response(body).text()).rejects.toThrow('nothing was heard for 0.5 s');
  const { code, stderr } = await cli('result', 't', '-o', 'f', '--silence', '0.5');
  expect([code, stderr]).toEqual([3, `${url} broke off: nothing was heard for 0.5 s\n`]);
  expect(await readdir(folder)).toEqual([]);
});

test('who reads slowly is not taken for a silent service', async () => {
  answer = `${HALF}${'x'.repeat(96)}`;
  const { body } = await new Orchestrator({ url, silenceMs: 500 }).download('t', 'f');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(await new Response(body).text()).toHaveLength(100);
});
