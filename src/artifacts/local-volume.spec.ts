import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOnLocalVolume } from './local-volume';

test('a disk of this machine is local, what the kernel or nobody serves is not', async () => {
  expect(await isOnLocalVolume(tmpdir())).toBe(true);
  expect(await isOnLocalVolume('/proc')).toBe(false);
  expect(await isOnLocalVolume(join(tmpdir(), 'nobody-made-this'))).toBe(false);
});
