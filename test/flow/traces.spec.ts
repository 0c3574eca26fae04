/** One trace for each run, from its submission through its attempts to its results, whichever replica did what. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from '../helpers/client';
import { startCollector, type Collector, type TakenSpan } from '../helpers/collector';
import { aTask } from '../helpers/documents';
import { workersNamed } from '../helpers/fleet';
import { useFlow } from '../helpers/flow';
import { type Service, startService } from '../helpers/service';
import { waitFor } from '../helpers/wait';

const CLIENT_TRACE = 'c0ffee00c0ffee00c0ffee00c0ffee00';
const CLIENT_SPAN = '00f067aa0ba902b7';
/** Clocks of processes are read apart from each other. */
const CLOCKS_NS = 20_000_000n;

const ofKind = (spans: readonly TakenSpan[], prefix: string): TakenSpan[] =>
  spans.filter(({ name }) => name.startsWith(prefix));

/** Every span but the first stands under another, and none begins before it. */
function expectTree(spans: readonly TakenSpan[], rootParent: string | null = null): void {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  expect(byId.size).toBe(spans.length);
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === rootParent);
  expect(roots.map(({ name }) => name)).toEqual(['POST /api/v1/tasks']);
  for (const span of spans) {
    expect(span.endNs).toBeGreaterThanOrEqual(span.startNs);
    if (span === roots[0]) continue;
    const parent = byId.get(span.parentSpanId ?? '');
    expect([span.name, parent?.name]).toEqual([span.name, expect.any(String)]);
    expect(span.startNs).toBeGreaterThanOrEqual(parent!.startNs - CLOCKS_NS);
  }
}

describe('with a collector', () => {
  const env: Record<string, string> = {
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=a%20b',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    OTEL_BSP_SCHEDULE_DELAY: '50',
    DELIVERY_ALLOWED_HOSTS: '127.0.0.1',
  };
  let collector: Collector;
  beforeAll(async () => {
    collector = await startCollector();
    env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url;
  });
  // What is begun last ends first.
  let follower: Service;
  let other: Client;
  afterAll(() => follower.stop());
  const flow = useFlow({ env });
  afterAll(() => collector.stop());

  beforeAll(async () => {
    const { redis, resultsDir } = flow;
    follower = await startService({ redisUrl: redis.url, resultsDir, env });
    other = new Client(follower.url);
  }, 40_000);

  const traceIdOf = async (id: string): Promise<string> =>
    (await flow.api.task(id)).run_id.replaceAll('-', '');

  test('a pipeline with an upload and a retry is one tree, through two replicas', async () => {
    const fleet = await flow.workers(workersNamed('w', 2));
    // Submitted to and delivered to the one, scheduled by the other.
    const document = aTask('tune')
      .deliverTo(other.resultsUrl)
      .stages(
        {
          name: 'train',
          spec: {
            taskType: 'sft',
            simulate: { fail: 'once', upload: { name: 'final_lora.zip', sizeBytes: 9 } },
          },
        },
        { name: 'infer', spec: { taskType: 'inference' } },
      );
    const [train, infer] = await other.submitIds(document);
    await flow.api.untilAll([train!, infer!], 'DONE');
    const traceId = await traceIdOf(train!);
    const spans = await collector.trace(traceId, (found) => found.length >= 10);

    expect(spans.map(({ name }) => name).sort()).toEqual([
      'POST /api/v1/results',
      'POST /api/v1/results',
      'POST /api/v1/results/:id/files',
      'POST /api/v1/tasks',
      'attempt inference',
      'attempt sft',
      'attempt sft',
      'wait inference',
      'wait sft',
      'wait sft',
    ]);
    expectTree(spans);
    expect(new Set(spans.map(({ resource }) => resource['service.instance.id'])).size).toBe(2);
    expect(spans[0]!.resource).toMatchObject({
      'service.name': 'orchestrator',
      'deployment.environment.name': 'test',
    });
    expect(collector.exports.at(-1)).toMatchObject({ path: '/v1/traces', headers: { 'x-tenant': 'a b' } });

    const attempts = fleet.received().map(({ message }) => message);
    for (const { task_id, attempt, attempt_id, traceparent } of attempts) {
      const span = spans.find(
        (one) => one.attributes['orchestrator.attempt.id'] === attempt_id && one.kind === 4,
      );
      expect(traceparent).toBe(`00-${traceId}-${span!.spanId}-01`);
      expect(span!.attributes).toMatchObject({
        'messaging.destination.name': 'tasks',
        'orchestrator.task.id': task_id,
        'orchestrator.attempt.number': attempt,
      });
      const wait = spans.find(({ name, endNs }) => name.startsWith('wait') && endNs === span!.startNs);
      expect(wait?.attributes['orchestrator.attempt.id']).toBe(attempt_id);
    }
    const [failed, done] = ofKind(spans, 'attempt sft').sort((a, b) => Number(a.startNs - b.startNs));
    expect(failed).toMatchObject({
      status: { code: 2, message: expect.stringMatching(/simulated failure/) },
      attributes: { 'orchestrator.attempt.outcome': 'failed', 'error.type': 'failed' },
    });
    expect(done).toMatchObject({
      status: { code: 0 },
      attributes: { 'orchestrator.attempt.outcome': 'done' },
    });
    const [upload] = ofKind(spans, 'POST /api/v1/results/:id/files');
    expect(upload).toMatchObject({
      kind: 2,
      parentSpanId: done!.spanId,
      attributes: {
        'http.response.status_code': 201,
        'url.path': `/api/v1/results/${train!}/files`,
        'orchestrator.task.id': train,
      },
    });

    const logged = [...flow.service.logLines(), ...follower.logLines()];
    for (const text of [/^document submitted$/, /^task back_off$/, /^POST \/api\/v1\/results 201$/]) {
      const line = logged.find(({ msg, trace_id }) => text.test(String(msg)) && trace_id === traceId);
      expect([text, line]).toEqual([text, expect.anything()]);
    }
  });

  test('shards, their aggregate and its delivery are part of the trace of their run', async () => {
    const target = createServer((request, response) => {
      received = request.headers.traceparent;
      request.resume().on('end', () => response.end());
    });
    let received: unknown = null;
    const url = `${await listening(target)}/taken`;
    try {
      await flow.settledWorkers(workersNamed('w', 3));
      const document = aTask('many')
        .overItems([1, 2, 3])
        .with({ output: { destination: { type: 'http', url } } });
      const id = await flow.api.submitOne(document);
      await flow.api.until(id, 'DONE');
      const traceId = await traceIdOf(id);
      const spans = await collector.trace(traceId, (found) => ofKind(found, 'deliver').length > 0);
      expectTree(spans);
      const attempts = ofKind(spans, 'attempt inference');
      expect(attempts.map(({ attributes }) => Number(attributes['orchestrator.shard.index'])).sort()).toEqual(
        [0, 1, 2],
      );
      const [aggregate] = ofKind(spans, 'aggregate inference');
      const [delivery] = ofKind(spans, 'deliver inference');
      for (const { endNs } of attempts) expect(aggregate!.endNs).toBeGreaterThanOrEqual(endNs - CLOCKS_NS);
      expect(delivery!.startNs).toBeGreaterThanOrEqual(aggregate!.startNs);
      expect(received).toBe(`00-${traceId}-${delivery!.spanId}-01`);
    } finally {
      target.close();
    }
  });

  test('a shard that fails for good ends the attempts of the others with it', async () => {
    const fleet = await flow.settledWorkers(workersNamed('w', 3));
    const document = aTask('dies')
      .deliverTo(other.resultsUrl)
      .overItems([1, 2, 3])
      .retry({ maxRetries: 0 })
      .simulate({ fail: 'on:w-2', gate: 'go' });
    const id = await flow.api.submitOne(document);
    await flow.api.until(id, 'FAILED');
    const spans = await collector.trace(
      await traceIdOf(id),
      (found) => ofKind(found, 'attempt').length === 3,
    );
    expectTree(spans);
    expect(
      ofKind(spans, 'attempt')
        .map(({ attributes }) => attributes['orchestrator.attempt.outcome'])
        .sort(),
    ).toEqual(['cancelled', 'cancelled', 'failed']);
    fleet.open('go');
  });

  test('a task that cannot be sent says so in its trace', async () => {
    await flow.workers([{ id: 'w' }]);
    const [, user] = await flow.api.submitIds(
      aTask('lost').stages({ name: 'a' }, { name: 'b', spec: { simulate: { echo: '${a.result.nothing}' } } }),
    );
    const { error } = await flow.api.until(user!, 'FAILED');
    const spans = await collector.trace(await traceIdOf(user!), (found) => ofKind(found, 'fail').length > 0);
    expect(ofKind(spans, 'fail echo')[0]).toMatchObject({ status: { code: 2, message: error } });
    expectTree(spans);
  });

  const submitWith = async (headers: Record<string, string>): Promise<string> => {
    const document = aTask('continued').deliverTo(other.resultsUrl);
    const response = await other.submitRaw(document, 'text/yaml', headers);
    const { tasks } = (await response.json()) as { tasks: { task_id: string }[] };
    await flow.api.until(tasks[0]!.task_id, 'DONE');
    return tasks[0]!.task_id;
  };

  test("a client's trace goes on, with its tracestate", async () => {
    const fleet = await flow.workers([{ id: 'w' }]);
    const traceparent = `00-${CLIENT_TRACE}-${CLIENT_SPAN}-01`;
    const id = await submitWith({ traceparent, tracestate: 'vendor=1,other=x' });
    const spans = await collector.trace(CLIENT_TRACE, (found) => found.length >= 4);
    expectTree(spans, CLIENT_SPAN);
    const [attempt] = ofKind(spans, 'attempt');
    expect(attempt!.traceState).toBe('vendor=1,other=x');
    expect(fleet.message(id)).toMatchObject({
      traceparent: `00-${CLIENT_TRACE}-${attempt!.spanId}-01`,
      tracestate: 'vendor=1,other=x',
    });
  });

  test('a client that does not sample its trace has none, and workers are told', async () => {
    const fleet = await flow.workers([{ id: 'w' }]);
    const traceId = CLIENT_TRACE.replace('c0ffee', 'decade');
    const id = await submitWith({ traceparent: `00-${traceId}-${CLIENT_SPAN}-00` });
    expect(fleet.message(id).traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
    // What is submitted later comes later.
    const next = await submitWith({});
    await collector.trace(await traceIdOf(next), (found) => found.length >= 4);
    expect(collector.spans.filter((span) => span.traceId === traceId)).toEqual([]);
  });

  test.each([
    ['is malformed', `00-${CLIENT_TRACE}-${CLIENT_SPAN}`],
    ['is of no version', `ff-${CLIENT_TRACE}-${CLIENT_SPAN}-01`],
    ['names nothing', `00-${'0'.repeat(32)}-${CLIENT_SPAN}-01`],
    ['is there twice', `00-${CLIENT_TRACE}-${CLIENT_SPAN}-01, 00-${CLIENT_TRACE}-${CLIENT_SPAN}-01`],
  ])('a traceparent that %s is ignored', async (_how, traceparent) => {
    await flow.workers([{ id: 'w' }]);
    const id = await submitWith({ traceparent });
    expectTree(await collector.trace(await traceIdOf(id), (found) => found.length >= 4));
  });

  test('a result whose sender has a trace of its own stands under its attempt, linked to that', async () => {
    const id = await flow.api.submitOne(aTask('own').cpu(4_000));
    const traceparent = `00-${CLIENT_TRACE}-${CLIENT_SPAN}-01`;
    const body = JSON.stringify({ task_id: id, result: {} });
    const headers = { traceparent, 'content-type': 'application/json' };
    expect((await flow.api.request('/api/v1/results', { method: 'POST', headers, body })).status).toBe(201);
    const spans = await collector.trace(await traceIdOf(id), (found) => found.length >= 2);
    expectTree(spans);
    expect(ofKind(spans, 'POST /api/v1/results')[0]?.links).toEqual([
      { traceId: CLIENT_TRACE, spanId: CLIENT_SPAN },
    ]);
  });

  test('a resumable upload stands under the attempt that it names', async () => {
    const fleet = await flow.workers([{ id: 'w' }]);
    const id = await other.submitOne(aTask('resumed').deliverTo(other.resultsUrl).simulate({ gate: 'go' }));
    const { message } = await fleet.seen('received', { task_id: id });
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const headers = {
      'Tus-Resumable': '1.0.0',
      'Content-Type': 'application/offset+octet-stream',
      'Upload-Length': '3',
      'Upload-Metadata': `task_id ${base64(id)},filename ${base64('a.txt')}`,
      'X-Orchestrator-Attempt': message!.attempt_id,
    };
    const begun = await other.request('/api/v1/uploads', { method: 'POST', headers, body: 'abc' });
    expect(begun.status).toBe(201);
    fleet.open('go');
    await flow.api.until(id, 'DONE');
    const spans = await collector.trace(await traceIdOf(id), (found) => found.length >= 5);
    expectTree(spans);
    expect(ofKind(spans, 'POST /api/v1/uploads')).toEqual([
      expect.objectContaining({ parentSpanId: ofKind(spans, 'attempt')[0]!.spanId }),
    ]);
  });

  test('a collector that is away costs one line, and is used again when it is back', async () => {
    await flow.workers([{ id: 'w' }]);
    collector.answers = 400;
    const lost = (): Record<string, unknown>[] =>
      follower.logLines().filter(({ msg }) => String(msg).startsWith('spans are lost'));
    await submitWith({});
    await waitFor('the line', () => lost().length > 0);
    await submitWith({});
    await submitWith({});
    collector.answers = 200;
    const id = await submitWith({});
    await collector.trace(await traceIdOf(id), (found) => found.some(({ kind }) => kind === 2));
    await waitFor('the other line', () => follower.logs().includes('traces are sent again'));
    expect(lost()).toHaveLength(1);
    const metrics = await (await other.request('/metrics')).text();
    expect(metrics).toMatch(/orchestrator_trace_spans_total\{outcome="lost"\} [1-9]/);
    expect(metrics).toMatch(/orchestrator_trace_spans_total\{outcome="sent"\} [1-9]/);
  });
});

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

describe('with a collector that speaks protobuf and is asked for last', () => {
  const env: Record<string, string> = { OTEL_BSP_SCHEDULE_DELAY: '3_600_000' };
  let collector: Collector;
  beforeAll(async () => {
    collector = await startCollector();
    env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = `${collector.url}/elsewhere`;
  });
  const flow = useFlow({ env });
  afterAll(() => collector.stop());

  test('what is left is sent when the service ends', async () => {
    const { redis, resultsDir } = flow;
    const service = await startService({ redisUrl: redis.url, resultsDir, env });
    const api = new Client(service.url);
    const id = await api.submitOne(aTask('last'));
    const { run_id } = await api.task(id);
    expect(collector.exports).toEqual([]);
    await service.stop();
    expect(collector.exports).toHaveLength(1);
    const { path, headers, body } = collector.exports[0]!;
    expect(path).toBe('/elsewhere');
    expect(headers['content-type']).toBe('application/x-protobuf');
    expect(body.includes(Buffer.from(run_id.replaceAll('-', ''), 'hex'))).toBe(true);
  });

  test('the service ends in time when the collector never answers', async () => {
    const silent = createServer(() => undefined);
    const url = await listening(silent);
    const { redis, resultsDir } = flow;
    const service = await startService({
      redisUrl: redis.url,
      resultsDir,
      env: { ...env, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url },
    });
    await new Client(service.url).submitOne(aTask('never'));
    await service.stop();
    silent.closeAllConnections();
    silent.close();
  });
});

describe('without a collector', () => {
  const flow = useFlow();

  test('nothing is traced, nor kept of the trace of a client', async () => {
    const fleet = await flow.workers([{ id: 'w' }]);
    const traceparent = `00-${CLIENT_TRACE}-${CLIENT_SPAN}-01`;
    const document = aTask('off').deliverTo(flow.api.resultsUrl);
    const response = await flow.api.submitRaw(document, 'text/yaml', { traceparent });
    const { tasks } = (await response.json()) as { tasks: { task_id: string }[] };
    const id = tasks[0]!.task_id;
    await flow.api.until(id, 'DONE');
    const message = fleet.message(id);
    expect(JSON.stringify(message)).not.toMatch(/traceparent|tracestate/);
    expect(Object.keys(await flow.redis.client.hgetall(`orch:task:${id}`))).not.toContain('traceparent');
    expect(flow.service.logs()).not.toContain('trace_id');
    expect(await (await flow.api.request('/metrics')).text()).not.toMatch(/trace_spans_total\{[^}]*\} [1-9]/);
  });
});
