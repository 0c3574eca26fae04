import { setImmediate as turn } from 'node:timers/promises';
import { SharedRun } from './shared-run';

interface Open {
  end: () => void;
  fail: () => void;
}

function runs(): { shared: SharedRun; open: Open[] } {
  const open: Open[] = [];
  const shared = new SharedRun(
    () =>
      new Promise((resolve, reject) => {
        open.push({
          end: resolve,
          fail: () => {
            reject(new Error('failed'));
          },
        });
      }),
  );
  return { shared, open };
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
