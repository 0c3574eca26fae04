/** Results that are larger than what the service can hold: used by the next stage, put together, delivered and served. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { aTask } from '../helpers/documents';
import { workersNamed } from '../helpers/fleet';
import { useFlow } from '../helpers/flow';
import { memoryOf } from '../helpers/memory';
import { waitFor } from '../helpers/wait';

const KIB = 1024;
const MIB = 1024 * KIB;
/** Of each output. */
const PAD = 64 * KIB;
/** What the service may use of V8's heap: the text of a large result alone does not fit. */
const HEAP_MIB = 80;
/** Bytes that are on their way, and what has not been collected yet. */
const MOST_GROWTH = 200 * MIB;

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const output = (input: number): string => `out:${String(input)}`.padEnd(PAD, '.');

describe('a service with little memory', () => {
  const flow = useFlow({
    env: {
      NODE_OPTIONS: `--max-old-space-size=${String(HEAP_MIB)}`,
      DELIVERY_ALLOWED_HOSTS: '127.0.0.1',
      LOG_LEVEL: 'INFO',
    },
  });
  let directory: string;
  let grown: () => Promise<number>;
  let target: Target | null = null;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'orchestrator-large-'));
    const before = await memoryOf(flow.service.pid, 'VmRSS');
    grown = async () => (await memoryOf(flow.service.pid, 'VmHWM')) - before;
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));
  afterEach(async () => {
    await target?.stop();
    target = null;
    expect(flow.service.isRunning()).toBe(true);
    expect(await grown()).toBeLessThan(MOST_GROWTH);
  });

  const here = () => ({ type: 'http', url: flow.api.resultsUrl, headers: {}, timeoutSec: 120 });
  /** `source` has 64 MiB of items, `reader` uses two of them and a column. */
  const pipelineOf = (destination: Record<string, unknown>) =>
    aTask('large')
      .with({ output: { destination } })
      .stages(
        {
          name: 'source',
          spec: {
            taskType: 'inference',
            data: { type: 'list', items: numbers(1024) },
            simulate: { padTo: PAD },
          },
        },
        {
          name: 'reader',
          spec: {
            simulate: {
              echo: {
                first: '${source.result.items[0].output}',
                last: '${source.result.items[-1].output}',
                tokens: '${source.result.usage.total_tokens}',
              },
            },
            data: {
              type: 'graph_template',
              columns: [
                { name: 'inputs', node: 'source', path: 'result.items.input' },
                { name: 'one', expr: 'source.result.items[7].output' },
              ],
            },
          },
        },
      );

  test.each(['posted', 'on shared storage'])(
    'gives the next stage what it names of 64 MiB that were %s',
    async (how) => {
      const isPosted = how === 'posted';
      const fleet = isPosted
        ? await flow.workers([{ id: 'w' }])
        : await flow.workers([{ id: 'w' }], { resultsDir: flow.resultsDir });
      const [source, reader] = await flow.api.submitIds(
        pipelineOf(isPosted ? here() : { type: 'local', path: 'runs' }),
      );
      await flow.api.untilAll([source!, reader!], 'DONE', { withinMs: 40_000 });
      expect((await flow.api.result(reader!)).result.echo).toEqual({
        first: output(0),
        last: output(1023),
        tokens: 1024,
      });
      const given = fleet.message(reader!).task.spec._upstreamResults as Record<string, unknown>;
      expect(given).toEqual({
        source: {
          result: {
            items: numbers(1024).map((input) => ({
              input,
              ...([0, 7, 1023].includes(input) ? { output: output(input) } : {}),
            })),
            usage: { total_tokens: 1024 },
          },
        },
      });
      const { length, etag, sha256, resultSha256 } = await download(source!);
      expect(length).toBeGreaterThan(64 * MIB);
      expect(etag).toMatch(isPosted ? /^"[0-9a-f]{64}"$/ : /^W\//);
      if (isPosted) expect(etag).toBe(`"${resultSha256}"`);
      expect(sha256).toBe((await download(source!)).sha256);
    },
  );

  test('says which path leads to more than a task can be given', async () => {
    await flow.workers([{ id: 'w' }]);
    const [source, reader] = await flow.api.submitIds(
      aTask('too-much')
        .with({ output: { destination: here() } })
        .stages(
          {
            name: 'source',
            spec: { data: { type: 'list', items: numbers(600) }, simulate: { padTo: PAD } },
          },
          { name: 'reader', spec: { simulate: { echo: '${source.result.items}' } } },
        ),
    );
    await flow.api.until(source!, 'DONE', { withinMs: 40_000 });
    const failed = await flow.api.until(reader!, 'FAILED', { withinMs: 40_000 });
    expect(failed.error).toMatch(
      /^result_too_large: .* result\.items has \d+ bytes; at most 33554432 bytes of results are used by one task/,
    );
  });

  test('names what there is, where a path finds nothing in a large result', async () => {
    await flow.workers([{ id: 'w' }]);
    const [source, reader] = await flow.api.submitIds(
      aTask('misspelt')
        .with({ output: { destination: here() } })
        .stages(
          {
            name: 'source',
            spec: { data: { type: 'list', items: numbers(100) }, simulate: { padTo: PAD } },
          },
          { name: 'reader', spec: { simulate: { echo: '${source.result.items[3].otput}' } } },
        ),
    );
    await flow.api.until(source!, 'DONE', { withinMs: 40_000 });
    const failed = await flow.api.until(reader!, 'FAILED', { withinMs: 40_000 });
    expect(failed.error).toMatch(
      /finds nothing: source\.result\.items\[3\] has the keys index, input, output/,
    );
  });

  test('puts four shards of 32 MiB together, and delivers the aggregate', async () => {
    target = await Target.start(directory);
    const { url } = target;
    await flow.settledWorkers(workersNamed('w', 4));
    const inputs = numbers(2048);
    const id = await flow.api.submitOne(
      aTask('sharded')
        .overItems(inputs, 4)
        .replicas(4)
        .simulate({ padTo: PAD })
        .with({ output: { destination: { type: 'http', url, timeoutSec: 60 } } }),
    );
    await flow.api.until(id, 'DONE', { withinMs: 60_000 });
    const record = await waitFor('the delivery', () => target?.taken, { withinMs: 60_000 });

    const items = inputs.map((input) => JSON.stringify({ index: input % 512, input, output: output(input) }));
    const tail = '],"usage":{"total_tokens":2048},"model":"simulated"}},"worker_id":"MULTI"}';
    const length = items.reduce((sum, item) => sum + item.length + 1, -1);
    const end = record.length - tail.length;
    expect(await sliceOf(record.file, end, record.length)).toBe(tail);
    expect(await hashOf(record.file, end - length, end)).toBe(
      items
        .reduce((hash: Hash, item, i) => hash.update(i > 0 ? `,${item}` : item), createHash('sha256'))
        .digest('hex'),
    );
    expect(record.announced).toBe(String(record.length));
    const { resultSha256 } = await download(id);
    const head = `{"task_id":"${id}","result":`;
    const resultEnd = record.length - ',"worker_id":"MULTI"}'.length;
    expect(await hashOf(record.file, head.length, resultEnd)).toBe(resultSha256);
    expect((await flow.api.task(id)).reason).toBeNull();
    expect((await readdir(join(flow.resultsDir, '.spool'))).filter((name) => name.endsWith('.part'))).toEqual(
      [],
    );
  }, 150_000);

  test('serves ranges of a large result, and frees what an answer that is broken off held', async () => {
    const id = await flow.api.submitOne(aTask('served'));
    await post(id);
    const url = `/api/v1/results/${id}`;
    const open = async (): Promise<number> => (await readdir(`/proc/${String(flow.service.pid)}/fd`)).length;
    const head = await flow.api.request(url, { method: 'HEAD' });
    const total = Number(head.headers.get('content-length'));
    expect(total).toBeGreaterThan(64 * MIB);
    const part = await flow.api.request(url, { headers: { Range: `bytes=${String(total - 20)}-` } });
    expect([part.status, part.headers.get('content-range'), (await part.text()).length]).toEqual([
      206,
      `bytes ${String(total - 20)}-${String(total - 1)}/${String(total)}`,
      20,
    ]);
    const before = await open();
    for (let n = 0; n < 8; n += 1) await breakOff(`${flow.service.url}${url}`);
    await waitFor('every descriptor to be closed', async () => (await open()) <= before);
  });

  /** 64 MiB, in pieces. */
  function post(id: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const sent = httpRequest(flow.api.resultsUrl, { method: 'POST' }, (response) => {
        response.resume();
        if (response.statusCode === 201) resolve();
        else reject(new Error(String(response.statusCode)));
      });
      sent.on('error', reject);
      function* pieces(): Generator<string> {
        yield `{"task_id":"${id}","result":[`;
        for (let n = 0; n < 1024; n += 1) yield `"${'x'.repeat(PAD)}",`;
        yield '0]}';
      }
      pipeline(pieces, sent).catch(reject);
    });
  }

  /** Reads all of an envelope of ours; `resultSha256` is of what stands between its first member and the rest. */
  async function download(
    id: string,
  ): Promise<{ length: number; etag: string; sha256: string; resultSha256: string }> {
    const answer = await flow.api.request(`/api/v1/results/${id}`);
    const file = join(directory, id);
    await pipeline(answer.body as unknown as AsyncIterable<Uint8Array>, createWriteStream(file));
    const { size } = await stat(file);
    expect(answer.headers.get('content-length')).toBe(String(size));
    const end = (await sliceOf(file, size - 1_000, size)).lastIndexOf(',"task_id"');
    return {
      length: size,
      etag: answer.headers.get('etag') ?? '',
      sha256: await hashOf(file, 0, size),
      resultSha256: await hashOf(file, '{"result":'.length, end < 0 ? size : size - 1_000 + end),
    };
  }
});

async function hashOf(file: string, start: number, end: number): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { start, end: end - 1 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function sliceOf(file: string, start: number, end: number): Promise<string> {
  let text = '';
  for await (const chunk of createReadStream(file, { start: Math.max(0, start), end: end - 1 }))
    text += (chunk as Buffer).toString();
  return text;
}

/** Reads a little and goes away. */
function breakOff(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, (response) => {
      response.once('data', () => {
        request.destroy();
        resolve();
      });
    });
    request.on('error', reject);
    request.end();
  });
}

/** Takes the second delivery: the first one it refuses when it has come half-way. */
class Target {
  taken: { file: string; length: number; announced: string | undefined } | null = null;
  private tries = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(directory: string): Promise<Target> {
    const server = createServer((request, response) => {
      target.tries += 1;
      if (target.tries === 1) {
        request.once('data', () => response.writeHead(503, { Connection: 'close' }).end());
        request.on('error', () => undefined);
        return;
      }
      const file = join(directory, 'delivered.json');
      void pipeline(request, createWriteStream(file)).then(async () => {
        target.taken = {
          file,
          length: (await stat(file)).size,
          announced: request.headers['content-length'],
        };
        response.writeHead(200).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const target = new Target(server, `http://127.0.0.1:${String(port)}/taken`);
    return target;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => {
      this.server.close(() => {
        resolve();
      });
    });
  }
}
