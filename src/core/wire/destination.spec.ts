import type { JsonValue } from '../json';
import { trustedAttemptId } from '../ids';
import type { TaskDocument } from '../model';
import type { TraceHeaders } from '../trace/trace-context';
import { externalDelivery, isOurDestination, prepareDestination } from './destination';

const ATTEMPT = trustedAttemptId('a-1');
const OURS = 'http://127.0.0.1:8000/api/v1/results';

function document(output?: JsonValue): TaskDocument {
  const spec = { taskType: 'echo', ...(output === undefined ? {} : { output }) };
  return { apiVersion: 'v1', kind: 'Task', metadata: { name: 'n' }, spec };
}
const to = (destination: JsonValue): TaskDocument => document({ destination });

describe('a destination', () => {
  it.each<[string, boolean]>([
    [OURS, true],
    ['https://lb.example/prefix/api/v1/results', true],
    [`${OURS}/`, true],
    [`${OURS}?x=1`, true],
    [` ${OURS} `, true],
    ['http://127.0.0.1:8000/api/v1/results/x', false],
    ['http://elsewhere/?/api/v1/results', false],
    ['/api/v1/results', false],
    ['file:///api/v1/results', false],
    ['', false],
  ])('at "%s" is ours: %s', (url, want) => {
    expect(isOurDestination({ type: 'http', url })).toBe(want);
  });

  it.each<[string, JsonValue | undefined]>([
    ['missing', undefined],
    ['null', null],
    ['text', OURS],
    ['a list', [OURS]],
    ['local', { type: 'local', url: OURS }],
    ['without a type', { url: OURS }],
    ['with a url that is no text', { type: 'http', url: 7 }],
  ])('that is %s is not ours, and its document is sent as it is', (_name, destination) => {
    expect(isOurDestination(destination)).toBe(false);
    const given = destination === undefined ? document() : to(destination);
    expect(prepareDestination(given, ATTEMPT, null)).toBe(given);
  });

  it('of ours loses Content-Type in any case and gains the attempt', () => {
    const headers = {
      'content-TYPE': 'application/json',
      'Content-Type': 'x',
      Authorization: 'Bearer t',
      'x-orchestrator-attempt': 'old',
    };
    const given = document({
      format: 'json',
      destination: { type: 'http', url: OURS, headers, timeoutSec: 5 },
    });
    const before = structuredClone(given);
    expect(prepareDestination(given, ATTEMPT, null).spec.output).toEqual({
      format: 'json',
      destination: {
        type: 'http',
        url: OURS,
        headers: { Authorization: 'Bearer t', 'X-Orchestrator-Attempt': 'a-1' },
        timeoutSec: 5,
      },
    });
    expect(given).toEqual(before);
  });

  it('of ours gains the place in a trace in place of another, and only then', () => {
    const given = to({
      type: 'http',
      url: OURS,
      headers: { Traceparent: 'old', tracestate: 'old', 'X-A': 'a' },
    });
    const headersWith = (trace: TraceHeaders | null): unknown =>
      (prepareDestination(given, ATTEMPT, trace).spec.output as { destination: { headers: unknown } })
        .destination.headers;
    expect(headersWith({ traceparent: 'new' })).toEqual({
      'X-A': 'a',
      'X-Orchestrator-Attempt': 'a-1',
      traceparent: 'new',
    });
    expect(headersWith(null)).toEqual({
      Traceparent: 'old',
      tracestate: 'old',
      'X-A': 'a',
      'X-Orchestrator-Attempt': 'a-1',
    });
  });

  it.each<[string, JsonValue]>([
    ['null', null],
    ['a list', ['a']],
    ['text', 'a: b'],
  ])('of ours gains the attempt though its headers are %s', (_name, headers) => {
    const sent = prepareDestination(to({ type: 'http', url: OURS, headers }), ATTEMPT, null);
    expect(sent.spec.output).toMatchObject({ destination: { headers: { 'X-Orchestrator-Attempt': 'a-1' } } });
  });
});

describe('a delivery elsewhere', () => {
  it('has the url, the headers that are text, and a timeout', () => {
    const headers = { a: 'b', n: 7, bad: null, worse: ['x'] };
    expect(
      externalDelivery(to({ type: 'http', url: 'https://x.example/in', headers, timeoutSec: '3' })),
    ).toEqual({
      url: 'https://x.example/in',
      headers: { a: 'b', n: '7' },
      timeoutSec: 3,
    });
    expect(externalDelivery(to({ type: 'HTTP', url: 'https://x.example/in', timeoutSec: -1 }))).toEqual({
      url: 'https://x.example/in',
      headers: {},
      timeoutSec: 15,
    });
  });

  it.each<JsonValue>([{ toString: false }, [5], true, null, 'soon', '', 0])(
    'has the usual timeout when it says %j',
    (timeoutSec) => {
      const destination = { type: 'http', url: 'https://x.example/in', timeoutSec };
      expect(externalDelivery(to(destination))?.timeoutSec).toBe(15);
    },
  );

  it.each<[string, TaskDocument]>([
    ['there is no output', document()],
    ['the output is no map', document('x')],
    ['it is ours', to({ type: 'http', url: OURS })],
    ['it is local', to({ type: 'local', path: 'p' })],
    ['it has no url', to({ type: 'http' })],
  ])('is none when %s', (_name, given) => {
    expect(externalDelivery(given)).toBeNull();
  });
});
