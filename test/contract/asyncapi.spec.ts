/**
 * docs/asyncapi.yaml is what is said on the channels: everything that is heard while tasks and workers of both varieties
 * live through what can happen to them is one of its messages, and each of its messages is heard.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { aTask } from '../helpers/documents';
import { workersNamed } from '../helpers/fleet';
import { useFlow } from '../helpers/flow';
import { waitFor } from '../helpers/wait';
import { asyncApi, danglingRefs, faultsOfDocument, type Message, messages } from './asyncapi';

interface Heard {
  channel: string;
  message: Record<string, unknown>;
}

const CHANNELS = ['tasks', 'tasks.events', 'workers.events'];
const VARIETIES = ['older', 'newer'] as const;
const known = messages();

const meantBy = ({ channel, message }: Heard): Message[] =>
  known.filter((one) => one.channel === channel && one.validate(message));

describe('docs/asyncapi.yaml', () => {
  test('is an AsyncAPI document of this version whose references lead somewhere', () => {
    expect(faultsOfDocument()).toBe('');
    expect(danglingRefs()).toEqual([]);
    const { version } = JSON.parse(readFileSync(resolve(__dirname, '../../package.json'), 'utf8')) as {
      version: string;
    };
    expect(asyncApi.info.version).toBe(version);
  });

  test('has every channel, and every message in an operation', () => {
    expect(Object.values(asyncApi.channels).map(({ address }) => address)).toEqual(CHANNELS);
    expect(known.map(({ name }) => name).sort()).toEqual(Object.keys(asyncApi.components.messages).sort());
    const named = readFileSync(join(resolve(__dirname, '../..'), 'docs/WORKER_PROTOCOL.md'), 'utf8');
    const types = [
      ...named.matchAll(/\b(?:TASK|WORKER)_(?!TOPIC)[A-Z]+\b|\b(?:REGISTER|STATUS|HEARTBEAT|UNREGISTER)\b/g),
    ];
    const documented = JSON.stringify(asyncApi.components.messages);
    for (const [type] of types) {
      if (!/^TASK_TIMEOUTS|^WORKER_ID$/.test(type)) expect(documented).toContain(`"${type}"`);
    }
  });
});

describe('what is said on the channels', () => {
  const flow = useFlow({
    env: { HEARTBEAT_TTL_SEC: '1', SWEEP_INTERVAL_SEC: '1', PROVING_TIMEOUT_SEC: '0.3' },
  });
  const tapes = new Map<string, Heard['message'][]>();
  const heard = (): Heard[] =>
    [...tapes].flatMap(([channel, tape]) => tape.map((message) => ({ channel, message })));

  beforeAll(async () => {
    for (const channel of CHANNELS) tapes.set(channel, await flow.hear(channel));
  });

  const told = (type: string, of: Record<string, unknown>): Promise<Heard> =>
    waitFor(`${type} ${JSON.stringify(of)}`, () =>
      heard().find(
        ({ message }) =>
          message.type === type && Object.entries(of).every(([key, value]) => message[key] === value),
      ),
    );

  test.each(VARIETIES)('while an %s worker runs, fails and shards tasks', async (variety) => {
    const workers = workersNamed(variety, 2, { variety });
    await flow.settledWorkers(workers);
    const document = aTask('pair')
      .deliverTo(flow.api.resultsUrl)
      .stages(
        { name: 'first', spec: { simulate: { fail: 'once', sleepMs: 20 } } },
        { name: 'second', spec: { simulate: { echo: '${first.result.ok}' } } },
      );
    await flow.api.untilAll(await flow.api.submitIds(document), 'DONE');
    const split = aTask('split').overItems([1, 2, 3, 4]).deliverTo(flow.api.resultsUrl);
    await flow.api.until(await flow.api.submitOne(split), 'DONE');
    const broken = aTask('broken').simulate({ fail: 'always' }).retry({ maxRetries: 0 });
    await flow.api.until(await flow.api.submitOne(broken), 'FAILED');
  });

  test('while a task is cancelled, and one is done by hand', async () => {
    const cancelled = await flow.api.submitOne(aTask('cancelled').cpu(512));
    await flow.api.post(`/api/v1/tasks/${cancelled}/cancel`, {});
    const byHand = await flow.api.submitOne(aTask('by-hand').cpu(512));
    await flow.api.post('/api/v1/results', { task_id: byHand, result: {} });
    await told('TASK_ENDED', { task_id: byHand });
  });

  test('while a worker falls silent with a task in its hands, comes back, is removed and leaves', async () => {
    const fleet = await flow.workers([{ id: 'quiet', variety: 'newer', heartbeatMs: 100 }]);
    const id = await flow.api.submitOne(aTask('held').simulate({ gate: 'go' }));
    await fleet.seen('started', { task_id: id });
    await fleet.let('quiet', 'silence');
    await told('WORKER_STALE', { worker_id: 'quiet' });
    await told('TASK_RETRYING', { task_id: id });
    await fleet.let('quiet', 'speak');
    await told('WORKER_RETURNED', { worker_id: 'quiet' });
    fleet.open('go');
    await fleet.let('quiet', 'silence');
    await waitFor('its removal', async () => {
      const answer = await flow.api.request('/admin/cleanup', { method: 'POST' });
      return ((await answer.json()) as { workers?: string[] }).workers?.includes('quiet');
    });
    await told('WORKER_REMOVED', { worker_id: 'quiet' });
  });

  test.each(VARIETIES)('while an %s worker leaves', async (variety) => {
    const id = `leaves-${variety}`;
    const fleet = await flow.workers([{ id, variety }]);
    await fleet.let(id, 'unregister');
    await told('UNREGISTER', { worker_id: id });
  });

  describe('is as docs/asyncapi.yaml has it:', () => {
    test('everything that was heard is exactly one of its messages', () => {
      expect(heard().length).toBeGreaterThan(100);
      const others = heard().filter((one) => meantBy(one).length !== 1);
      const why = others.slice(0, 3).map((one) => ({ ...one, meant: meantBy(one).map(({ name }) => name) }));
      expect(why).toEqual([]);
    });

    test('what the orchestrator says has no field that is not described', () => {
      const undescribed = heard().flatMap((one) => {
        const [meant] = meantBy(one);
        if (meant?.by !== 'orchestrator') return [];
        return Object.keys(one.message).filter((key) => !meant.fields.has(key));
      });
      expect([...new Set(undescribed)]).toEqual([]);
    });

    test.each(known)('$name was heard on $channel', ({ name }) => {
      expect(
        heard()
          .flatMap(meantBy)
          .some((meant) => meant.name === name),
      ).toBe(true);
    });
  });
});
