import * as fc from 'fast-check';
import { isObject, type JsonObject, type JsonValue } from '../json';
import { mergeDeep } from './merge';

const KEYS = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor');
const { objects } = fc.letrec<{ objects: JsonObject; values: JsonValue }>((tie) => ({
  objects: fc
    .array(fc.tuple(KEYS, tie('values')), { maxLength: 4 })
    .map((entries) => Object.fromEntries(entries)),
  values: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<JsonValue>(1, 'x', null, false),
    fc.array(fc.integer(), { maxLength: 2 }),
    tie('objects'),
  ),
}));

describe('mergeDeep', () => {
  it.each<[string, JsonObject, JsonObject, JsonObject]>([
    ['merges maps', { a: { x: 1, y: 1 } }, { a: { y: 2, z: 2 } }, { a: { x: 1, y: 2, z: 2 } }],
    ['replaces lists', { a: [1, 2, 3] }, { a: [4] }, { a: [4] }],
    ['replaces by null', { a: { x: 1 } }, { a: null }, { a: null }],
    ['replaces text by a map', { a: 'x' }, { a: { y: 1 } }, { a: { y: 1 } }],
    ['replaces a map by text', { a: { y: 1 } }, { a: 'x' }, { a: 'x' }],
  ])('%s', (_, base, over, want) => {
    expect(mergeDeep(base, over)).toEqual(want);
  });

  it('changes neither of its arguments', () => {
    fc.assert(
      fc.property(objects, objects, (base, over) => {
        const before = JSON.stringify([base, over]);
        mergeDeep(base, over);
        expect(JSON.stringify([base, over])).toBe(before);
      }),
    );
  });

  it('takes every value of the overlay, and of the base where the overlay says nothing', () => {
    const check = (base: JsonObject, over: JsonObject): void => {
      const merged = mergeDeep(base, over);
      for (const key of ['a', 'b', 'c']) {
        const [below, above] = [base[key], over[key]];
        if (above === undefined) expect(merged[key]).toBe(below);
        else if (isObject(below) && isObject(above)) check(below, above);
        else expect(merged[key]).toBe(above);
      }
    };
    fc.assert(fc.property(objects, objects, check));
  });

  it('touches no prototype', () => {
    const evil = JSON.parse(
      '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}',
    ) as JsonObject;
    const merged = mergeDeep({ a: 1 }, evil);
    expect(merged).toEqual({ a: 1 });
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
