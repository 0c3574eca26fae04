import { AtMost } from './at-most';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('only so much goes on at once, all of it is done, in the order of the items', async () => {
  let [running, most] = [0, 0];
  const twice = await new AtMost(3).map([1, 2, 3, 4, 5, 6, 7], async (n) => {
    running += 1;
    most = Math.max(most, running);
    for (let left = 8 - n; left > 0; left -= 1) await turn();
    running -= 1;
    return n * 2;
  });
  expect([twice, most]).toEqual([[2, 4, 6, 8, 10, 12, 14], 3]);
});

test('what fails gives its turn on', async () => {
  const one = new AtMost(1);
  const failing = one.run(async () => {
    await turn();
    throw new Error('no');
  });
  const after = one.run(() => Promise.resolve('done'));
  await expect(failing).rejects.toThrow('no');
  expect(await after).toBe('done');
});
