import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOnLocalVolume } from './local-volume';

test('a disk of this machine is local, what the kernel or nobody serves is not', async () => {
  // Other systems number theirs otherwise, and are told apart from nothing.
  expect(await isOnLocalVolume(tmpdir())).toBe(process.platform === 'linux');
  expect(await isOnLocalVolume('/proc')).toBe(false);
  expect(await isOnLocalVolume(join(tmpdir(), 'nobody-made-this'))).toBe(false);
});
