import { setImmediate as turn } from 'node:timers/promises';
import { SharedBatch, SharedByKey, SharedRun } from './shared-run';

interface Open {
  end: () => void;
  fail: () => void;
}

function openWork(): { open: Open[]; work: () => Promise<void> } {
  const open: Open[] = [];
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      open.push({
        end: resolve,
        fail: () => {
          reject(new Error('failed'));
        },
      });
    });
  return { open, work };
}

function runs(): { shared: SharedRun; open: Open[] } {
  const { open, work } = openWork();
  return { shared: new SharedRun(work), open };
}

it('begins at once, and lets all who ask meanwhile share the one that begins after', async () => {
  const { shared, open } = runs();
  const first = shared.run();
  const others = [shared.run(), shared.run()];
  expect(open).toHaveLength(1);
  open[0]?.end();
  await first;
  const late = shared.run();
  await turn();
  expect(open).toHaveLength(2);
  open[1]?.end();
  await Promise.all([...others, late]);
  expect(open).toHaveLength(2);
});

it('tells a failure to those whose run it was, and to nobody else', async () => {
  const { shared, open } = runs();
  const first = shared.run();
  const second = shared.run();
  open[0]?.fail();
  await expect(first).rejects.toThrow('failed');
  await turn();
  open[1]?.end();
  await expect(second).resolves.toBeUndefined();
  await shared.settled();
});

it('has settled when what waited has run', async () => {
  const { shared, open } = runs();
  void shared.run();
  void shared.run();
  let settled = false;
  const end = shared.settled().then(() => (settled = true));
  open[0]?.end();
  await turn();
  expect([open.length, settled]).toEqual([2, false]);
  open[1]?.end();
  await end;
});

describe('work on many things at once', () => {
  function batches(): { batch: SharedBatch<string>; seen: string[][]; open: Open[] } {
    const { open, work } = openWork();
    const seen: string[][] = [];
    const batch = new SharedBatch<string>((items) => {
      seen.push([...items]);
      return work();
    });
    return { batch, seen, open };
  }

  it('takes all that came meanwhile together, and each of them once', async () => {
    const { batch, seen, open } = batches();
    const first = batch.add('a');
    const others = [batch.add('b'), batch.add('c'), batch.add('b')];
    open[0]?.end();
    await first;
    await turn();
    expect(seen).toEqual([['a'], ['b', 'c']]);
    open[1]?.end();
    await Promise.all(others);
  });

  it('tries what it failed on again with the next', async () => {
    const { batch, seen, open } = batches();
    const first = batch.add('a');
    open[0]?.fail();
    await expect(first).rejects.toThrow('failed');
    const second = batch.add('b');
    open[1]?.end();
    await second;
    expect(seen).toEqual([['a'], ['a', 'b']]);
  });
});

describe('work by what it is about', () => {
  it('is done once for all who ask while it goes on, and again for who asks later', async () => {
    const shared = new SharedByKey<number>();
    let begun = 0;
    const work = async (): Promise<number> => {
      begun += 1;
      const mine = begun;
      await turn();
      return mine;
    };
    expect(await Promise.all([shared.run('a', work), shared.run('a', work), shared.run('b', work)])).toEqual([
      1, 1, 2,
    ]);
    expect(await shared.run('a', work)).toBe(3);
  });

  it('fails for all of them, and is tried again', async () => {
    const shared = new SharedByKey<number>();
    const failing = (): Promise<number> => Promise.reject(new Error('failed'));
    const both = await Promise.allSettled([shared.run('a', failing), shared.run('a', failing)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await shared.run('a', () => Promise.resolve(1))).toBe(1);
  });
});
