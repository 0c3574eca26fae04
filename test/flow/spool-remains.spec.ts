/** What processes leave in the spool that are killed, or stand still, while others write to the same volume. */
import { mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, sha256 } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { failOnLeftProcesses } from '../helpers/leaks';
import { startRedis, type TestRedis } from '../helpers/redis';
import { type Service, startService } from '../helpers/service';
import { waitFor } from '../helpers/wait';
import { closing, parseAnswer } from '../http/raw';

const MIB = 1024 * 1024;
const BYTES = Buffer.alloc(4 * MIB, 'what is uploaded, ');

jest.setTimeout(120_000);

let redis: TestRedis;
let resultsDir: string;
const services: Service[] = [];

const start = async (port?: number): Promise<Service> => {
  const service = await startService({
    redisUrl: redis.url,
    resultsDir,
    ...(port !== undefined && { port }),
  });
  services.push(service);
  return service;
};

beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(async () => {
  resultsDir = await mkdtemp(join(tmpdir(), 'orchestrator-remains-'));
});
afterEach(async () => {
  for (const service of services.splice(0)) await service.kill();
  await rm(resultsDir, { recursive: true, force: true });
});
afterAll(async () => {
  await redis.stop();
  await failOnLeftProcesses();
});

const parts = async (): Promise<string[]> =>
  (await readdir(join(resultsDir, '.spool'))).filter((name) => name.endsWith('.part'));
const ownerOf = (part: string): string => part.slice(part.indexOf('@') + 1, -'.part'.length);

/** A PUT of which the half is sent, and where that lies; returns when it has come. */
async function halfway(service: Service, id: string): Promise<{ socket: Socket; part: string }> {
  const before = await parts();
  const socket = connect(service.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `PUT /api/v1/results/${id}/files/model.bin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n` +
      `Content-Length: ${String(BYTES.length)}\r\n\r\n`,
  );
  socket.write(BYTES.subarray(0, BYTES.length / 2));
  const part = await waitFor('the half to come', async () => {
    for (const name of await parts()) {
      if (before.includes(name)) continue;
      const { size } = await stat(join(resultsDir, '.spool', name)).catch(() => ({ size: 0 }));
      if (size === BYTES.length / 2) return name;
    }
    return null;
  });
  return { socket, part };
}

/** Sends the other half; gives what is answered. */
async function end(socket: Socket): Promise<{ status: number; headers: Record<string, string> }> {
  const answer = closing(socket, 20_000);
  socket.write(BYTES.subarray(BYTES.length / 2));
  return parseAnswer(await answer);
}

const digestAt = async (service: Service, id: string): Promise<string> =>
  sha256(
    Buffer.from(await (await fetch(`${service.url}/api/v1/results/${id}/files/model.bin`)).arrayBuffer()),
  );

test('what a killed process was writing goes within seconds of its next start, while another one writes on', async () => {
  const [killed, other] = [await start(), await start()];
  const [first = '', second = ''] = await new Client(other.url).submitIds(
    aTask().stages({ name: 'a' }, { name: 'b' }),
  );
  const lost = await halfway(killed, first);
  const kept = await halfway(other, second);
  await killed.kill();
  lost.socket.destroy();
  await start(killed.port);
  await waitFor('what was left to go', async () => !(await parts()).includes(lost.part));
  expect(await parts()).toContain(kept.part);
  expect((await end(kept.socket)).status).toBe(201);
  expect(await digestAt(other, second)).toBe(sha256(BYTES));
});

test('what a process left that died a while ago is gone when the next one is ready', async () => {
  const killed = await start();
  const id = await new Client(killed.url).submitOne(aTask());
  const { socket, part } = await halfway(killed, id);
  await killed.kill();
  socket.destroy();
  // As if it had been that long: the file itself is new.
  const then = new Date(Date.now() - 60_000);
  await utimes(join(resultsDir, '.spool/owners', ownerOf(part)), then, then);
  await start();
  expect(await parts()).not.toContain(part);
});

test('a process that stood still says 503 for what others took for left behind, and takes it the next time', async () => {
  const [still, other] = [await start(), await start()];
  const id = await new Client(other.url).submitOne(aTask());
  const { socket, part } = await halfway(still, id);
  still.signal('SIGSTOP');
  await waitFor('it to be taken for gone', async () => !(await parts()).includes(part), { withinMs: 40_000 });
  still.signal('SIGCONT');
  const refused = await end(socket);
  expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  expect((await fetch(`${other.url}/api/v1/results/${id}/files/model.bin`)).status).toBe(404);
  const again = await halfway(still, id);
  expect((await end(again.socket)).status).toBe(201);
  expect(await digestAt(other, id)).toBe(sha256(BYTES));
});
