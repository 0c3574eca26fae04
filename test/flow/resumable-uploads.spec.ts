/** Resumable uploads to the service as a process: a real tus client, kill -9, replicas, SIGTERM. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DetailedError, Upload } from 'tus-js-client';
import { Client, sha256 } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { failOnLeftProcesses } from '../helpers/leaks';
import { startRedis, type TestRedis } from '../helpers/redis';
import { type Service, startService } from '../helpers/service';
import { waitFor } from '../helpers/wait';
import { about, at, begin, head, offsetOf, patch, patchHead } from '../http/tus';
import { closing } from '../http/raw';

const MIB = 1024 * 1024;
const CRASHES = resolve(__dirname, '../faults/lib/arm-crash-point.cjs');

jest.setTimeout(120_000);

let redis: TestRedis;
let resultsDir: string;
let service: Service;
let id: string;
const others: Service[] = [];

const start = (port?: number, crashAt?: string): Promise<Service> =>
  startService({
    redisUrl: redis.url,
    resultsDir,
    ...(port !== undefined && { port }),
    ...(crashAt !== undefined && { env: { CRASH_AT: crashAt }, preload: [CRASHES] }),
  });

beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(async () => {
  resultsDir = await mkdtemp(join(tmpdir(), 'orchestrator-resumable-'));
  service = await start();
  id = await new Client(service.url).submitOne(aTask());
});
afterEach(async () => {
  for (const each of [service, ...others.splice(0)]) await each.kill();
  await rm(resultsDir, { recursive: true, force: true });
});
afterAll(async () => {
  await redis.stop();
  await failOnLeftProcesses();
});

const stored = (name: string): Promise<Buffer> => readFile(join(resultsDir, id, name));
const left = async (): Promise<string[]> =>
  (await readdir(join(resultsDir, '.spool/uploads'))).filter((name) => !name.endsWith('.json'));

/** Sends with the tus client; resolves when it says so. `onOffset`: what the service has acknowledged. */
function send(
  filename: string,
  bytes: Buffer,
  onOffset: (offset: number) => void = () => undefined,
  metadata: Readonly<Record<string, string>> = { sha256: sha256(bytes) },
): Promise<void> {
  return new Promise((fulfil, reject) => {
    new Upload(bytes, {
      endpoint: `${service.url}/api/v1/uploads`,
      chunkSize: 2 * MIB,
      retryDelays: [0, 200, 500, 1_000, 1_000, 1_000, 2_000, 2_000, 5_000, 5_000],
      metadata: { task_id: id, filename, ...metadata },
      onChunkComplete: (_size, offset) => {
        onOffset(offset);
      },
      onSuccess: () => {
        fulfil();
      },
      onError: reject,
    }).start();
  });
}

/** A PATCH of which so many bytes are sent, and no more; returns when they have come. */
async function halfway(url: string, offset: number, body: Buffer, bytes: number): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(patchHead(url, offset, body.length - offset, 'Connection: close\r\n'));
  socket.write(body.subarray(offset, offset + bytes));
  await waitFor('the bytes to come', async () => (await about(url)).offset === offset + bytes);
  return socket;
}

test('a client goes on by itself when the service is killed and comes back', async () => {
  const bytes = randomBytes(24 * MIB);
  let restarted = Promise.resolve();
  let isKilled = false;
  await send('model.zip', bytes, (offset) => {
    if (offset < 8 * MIB || isKilled) return;
    isKilled = true;
    restarted = service.kill().then(async () => {
      service = await start(service.port);
    });
  });
  await restarted;
  expect((await stored('model.zip')).equals(bytes)).toBe(true);
  expect(await left()).toEqual([]);
});

test('every byte that came before kill -9 counts, whichever it was', async () => {
  const bytes = randomBytes(3 * MIB);
  const url = await begin(service, { task_id: id, filename: 'cut.bin', sha256: sha256(bytes) }, bytes.length);
  let offset = 0;
  for (const count of [1, 65_537, 1_234_567]) {
    const socket = await halfway(url, offset, bytes, count);
    await service.kill();
    socket.destroy();
    service = await start(service.port);
    offset += count;
    expect(await offsetOf(url)).toBe(offset);
  }
  expect((await patch(url, offset, bytes.subarray(offset))).status).toBe(204);
  expect((await stored('cut.bin')).equals(bytes)).toBe(true);
});

// Noted that it is whole; remembered; moved.
test.each(['spool.placed:2', 'spool.placed:3', 'spool.placed:4', 'upload.staged'])(
  'a kill -9 at %s, while the whole file is put in place, loses nothing',
  async (crashAt) => {
    await service.kill();
    service = await start(undefined, crashAt);
    const url = await begin(service, { task_id: id, filename: 'a.bin', sha256: sha256('whole') }, 5);
    await patch(url, 0, 'whole').catch(() => undefined);
    await service.untilGone();
    service = await start(service.port);
    // Its full length is said when the file is there.
    expect(await offsetOf(url)).toBe(5);
    expect((await stored('a.bin')).toString()).toBe('whole');
    expect(await about(url)).toMatchObject({ sha256: sha256('whole'), offset: 5 });
    expect(await left()).toEqual([]);
  },
);

test('another replica goes on where one was killed, and where one stands still', async () => {
  const bytes = randomBytes(3 * MIB);
  const other = await start();
  others.push(other);
  const url = await begin(
    service,
    { task_id: id, filename: 'moved.bin', sha256: sha256(bytes) },
    bytes.length,
  );
  const elsewhere = at(url, other);
  const first = await halfway(url, 0, bytes, 100_000);
  // It is asked to let go, and does.
  expect(await offsetOf(elsewhere)).toBe(100_000);
  first.destroy();
  const second = await halfway(url, 100_000, bytes, 200_000);
  service.signal('SIGSTOP');
  expect(await offsetOf(elsewhere)).toBe(300_000);
  expect((await patch(elsewhere, 300_000, bytes.subarray(300_000))).status).toBe(204);
  // When it wakes up, what it still gets is for nobody.
  service.signal('SIGCONT');
  second.write(Buffer.alloc(500_000));
  await closing(second, 20_000).catch(() => undefined);
  expect((await stored('moved.bin')).equals(bytes)).toBe(true);
});

test('what is under way at SIGTERM is taken to its end', async () => {
  const bytes = randomBytes(400_000);
  const url = await begin(service, { task_id: id, filename: 'late.bin' }, bytes.length);
  const socket = await halfway(url, 0, bytes, 100_000);
  const answer = closing(socket);
  service.signal('SIGTERM');
  await waitFor('it to leave', () => service.logs().includes('nothing new is begun'));
  // Others are answered, too, for as long as it takes bytes.
  for (let times = 0; times < 10; times += 1) {
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
    await sleep(40);
  }
  socket.write(bytes.subarray(100_000));
  expect(await answer).toMatch(/^HTTP\/1\.1 204/);
  expect(await service.untilGone()).toBe(0);
  expect((await stored('late.bin')).equals(bytes)).toBe(true);
});

test('a client is told when its file is refused, and does not try for ever', async () => {
  const failure = await send('bad.bin', Buffer.from('abc'), undefined, { sha256: sha256('abd') }).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(DetailedError);
  expect((failure as DetailedError).originalResponse?.getStatus()).toBe(400);
  await expect(stored('bad.bin')).rejects.toThrow('ENOENT');
});

test('a creation goes to the same address behind every proxy', async () => {
  const url = await begin(service, { task_id: id, filename: 'a.bin' }, 1, {
    'X-Forwarded-Host': 'evil.example',
  });
  expect(new URL(url).host).toBe(new URL(service.url).host);
  expect((await head(url)).status).toBe(200);
});
