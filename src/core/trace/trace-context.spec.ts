import { parseTraceparent, traceHeaders } from './trace-context';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const place = { traceId: TRACE, spanId: SPAN, isSampled: true, state: null };

describe('a traceparent', () => {
  it.each([
    ['of this version', `00-${TRACE}-${SPAN}-01`, place],
    ['that is not sampled', `00-${TRACE}-${SPAN}-00`, { ...place, isSampled: false }],
    ['with flags that are not known', `00-${TRACE}-${SPAN}-ff`, place],
    ['of a later version, with more', `cc-${TRACE}-${SPAN}-01-what-the-future-says`, place],
    ['of a later version, without', `01-${TRACE}-${SPAN}-01`, place],
  ])('%s is read', (_which, text, want) => {
    expect(parseTraceparent(text)).toEqual(want);
  });

  it.each([
    ['absent', undefined],
    ['empty', ''],
    ['a list', [`00-${TRACE}-${SPAN}-01`]],
    ['of a version that is none', `ff-${TRACE}-${SPAN}-01`],
    ['longer than its version says', `00-${TRACE}-${SPAN}-01-more`],
    ['without flags', `00-${TRACE}-${SPAN}`],
    ['in capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['of no trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['of no span', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['too short', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['with spaces', ` 00-${TRACE}-${SPAN}-01`],
    ['with a line more', `00-${TRACE}-${SPAN}-01\nX-Other: 1`],
    ['of a later version, with what no separator begins', `01-${TRACE}-${SPAN}-01x`],
    ['two of them', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
  ])('that is %s is none', (_how, text) => {
    expect(parseTraceparent(text)).toBeNull();
  });

  it('is written as it is read', () => {
    const text = { traceparent: `00-${TRACE}-${SPAN}-00`, tracestate: 'a=1,b@c=x y' };
    const read = parseTraceparent(text.traceparent, text.tracestate);
    expect(read && traceHeaders(read)).toEqual(text);
    expect(traceHeaders(place)).toEqual({ traceparent: `00-${TRACE}-${SPAN}-01` });
  });
});

describe('a tracestate', () => {
  const stateOf = (state: unknown): string | null | undefined =>
    parseTraceparent(`00-${TRACE}-${SPAN}-01`, state)?.state;
  const many = (count: number): string =>
    Array.from({ length: count }, (_, index) => `k${String(index)}=v`).join(',');

  it.each([
    ['one member', 'vendor=1', 'vendor=1'],
    ['several, with spaces between and empty ones', 'a=1 ,, b=2', 'a=1,b=2'],
    ['a tenant', '0t@sys=x', '0t@sys=x'],
    ['32 members', many(32), many(32)],
  ])('of %s goes on', (_what, text, want) => {
    expect(stateOf(text)).toBe(want);
  });

  it.each([
    ['33 members', many(33)],
    ['more than 512 characters', `a=${'x'.repeat(200)},b=${'x'.repeat(200)},c=${'x'.repeat(200)}`],
    ['a key twice', 'a=1,a=2'],
    ['a key in capitals', 'A=1'],
    ['no value', 'a='],
    ['two equals signs', 'a=1=2'],
    ['a control character', 'a=\u0001'],
    ['nothing', ' , '],
  ])('of %s is left out, and the trace goes on', (_what, text) => {
    expect(stateOf(text)).toBeNull();
  });
});
