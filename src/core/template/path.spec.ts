import type { JsonValue } from '../json';
import { describeReached, matchName, parsePath, walkPath } from './path';

describe('parsePath', () => {
  it.each<[string, (string | number)[] | null]>([
    ['', []],
    ['.result.url', ['result', 'url']],
    ['.items[0].output', ['items', 0, 'output']],
    ['.items[-1]', ['items', -1]],
    ['["key.with.dots"].x', ['key.with.dots', 'x']],
    ["['it is'][0][1]", ['it is', 0, 1]],
    ['["\\u00e9 \\"q\\""]', ['é "q"']],
    ['.final-model.a_b', ['final-model', 'a_b']],
    ['result', null],
    ['.', null],
    ['..a', null],
    ['.a.', null],
    ['[a]', null],
    ['[1.5]', null],
    ['[99999999999999]', null],
    ['["open]', null],
    ['.a b', null],
  ])('reads %j', (text, want) => {
    expect(parsePath(text)).toEqual(want);
  });
});

describe('matchName', () => {
  const known = new Set(['a', 'a.b', 'gsm8k-stage', 'x[0]']);

  it.each<[string, string | null, string]>([
    ['a.result', 'a', '.result'],
    ['a', 'a', ''],
    ['a[0]', 'a', '[0]'],
    ['a.b.result', 'a.b', '.result'],
    ['a.bc.result', 'a', '.bc.result'],
    ['gsm8k-stage.result', 'gsm8k-stage', '.result'],
    ['x[0].y', 'x[0]', '.y'],
    ['ab.result', null, ''],
    ['', null, ''],
  ])('of %j', (body, name, rest) => {
    expect(matchName(body, (text) => known.has(text))).toEqual(name === null ? null : { name, rest });
  });
});

describe('walkPath', () => {
  const value: JsonValue = { list: [{ x: 1 }, { x: 2 }], 'a.b': null, empty: {} };

  it.each<[string, JsonValue | undefined]>([
    ['.list[0].x', 1],
    ['.list[-1].x', 2],
    ['.list.1.x', 2],
    ['["a.b"]', null],
    ['.list[2]', undefined],
    ['.list[-3]', undefined],
    ['.list.length', undefined],
    ['.toString', undefined],
    ['.empty.constructor', undefined],
    ['.list.at', undefined],
    ['["a.b"].x', undefined],
  ])('%s', (text, want) => {
    const walk = walkPath(value, parsePath(text) ?? []);
    expect(walk.found ? walk.value : undefined).toEqual(want);
    expect(walk.found).toBe(want !== undefined);
  });
});

describe('describeReached', () => {
  it.each<[JsonValue, string]>([
    [{ a: 1, b: 2 }, 's.result has the keys a, b'],
    [{}, 's.result is an empty map'],
    [[1, 2], 's.result is a list of 2'],
    ['x', 's.result is a string'],
    [null, 's.result is null'],
  ])('says what %j is', (value, want) => {
    expect(describeReached('s', ['result'], value)).toBe(want);
  });

  it('does not list thousands of keys', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`key${String(at)}`, 1]));
    expect(describeReached('s', [], many)).toMatch(/^s has the keys key0, .*key19 and 980 more$/);
  });
});
