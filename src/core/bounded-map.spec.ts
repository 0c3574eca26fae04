import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BoundedMap } from './bounded-map';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const keysOf = (map: BoundedMap<number, string>, upTo: number): number[] =>
  Array.from({ length: upTo }, (_, key) => key).filter((key) => map.has(key));

describe('BoundedMap', () => {
  it('keeps what was set last', () => {
    const map = new BoundedMap<number, string>(3);
    for (let key = 0; key < 10; key += 1) map.set(key, `value ${String(key)}`);
    expect(keysOf(map, 10)).toEqual([7, 8, 9]);
    expect(map.get(8)).toBe('value 8');
    expect(map.get(6)).toBeUndefined();
  });

  it('takes what is set again for new', () => {
    const map = new BoundedMap<number, string>(3);
    for (const key of [0, 1, 2, 0]) map.set(key, 'set');
    expect(keysOf(map, 3)).toEqual([0, 1, 2]);
    map.set(3, 'set');
    expect(keysOf(map, 4)).toEqual([0, 2, 3]);
  });

  it('has room again for what was removed', () => {
    const map = new BoundedMap<number, string>(3);
    for (const key of [0, 1, 2]) map.set(key, 'set');
    map.delete(1);
    map.set(3, 'set');
    expect(keysOf(map, 4)).toEqual([0, 2, 3]);
    map.set(4, 'set');
    expect(keysOf(map, 5)).toEqual([2, 3, 4]);
  });

  it('lets an eighth go at once', () => {
    const map = new BoundedMap<number, string>(16);
    for (let key = 0; key <= 16; key += 1) map.set(key, 'set');
    expect(keysOf(map, 17)).toEqual(Array.from({ length: 15 }, (_, index) => index + 2));
    map.set(17, 'set');
    expect(map.has(2)).toBe(true);
  });

  it('keeps nothing of what comes and goes in bursts', () => {
    const map = new BoundedMap<string, object>(10_000);
    const burst = (round: number): void => {
      const keys = Array.from({ length: 500 }, (_, index) => `${String(round)}-${String(index)}`);
      for (const key of keys) map.set(key, {});
      for (const key of keys) map.delete(key);
    };
    const before = heapInUse();
    for (let round = 0; round < 1_000; round += 1) burst(round);
    expect(heapInUse() - before).toBeLessThan(10 * 1024 * 1024);
    expect(map.has('999-499')).toBe(false);
  });

  it('is as new when it was cleared', () => {
    const map = new BoundedMap<number, string>(2);
    for (const key of [0, 1, 2, 3]) map.set(key, 'set');
    map.clear();
    for (const key of [4, 5, 6]) map.set(key, 'set');
    expect(keysOf(map, 7)).toEqual([5, 6]);
  });

  it('does as a list does that is gone through each time', () => {
    const most = 5;
    const map = new BoundedMap<number, string>(most);
    let model: number[] = [];
    let seed = 1;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let step = 0; step < 20_000; step += 1) {
      const key = random(12);
      model = model.filter((other) => other !== key);
      if (random(3) === 0) map.delete(key);
      else {
        map.set(key, 'set');
        model = [...model, key].slice(-most);
      }
      expect(keysOf(map, 12)).toEqual([...model].sort((left, right) => left - right));
    }
  });
});
