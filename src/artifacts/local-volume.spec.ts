import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localDeviceOf } from './local-volume';

test('a disk of this machine is local, what the kernel or nobody serves is not', async () => {
  // Other systems number theirs otherwise, and are told apart from nothing.
  const { dev } = await stat(tmpdir());
  expect(await localDeviceOf(tmpdir())).toBe(process.platform === 'linux' ? dev : null);
  expect(await localDeviceOf('/proc')).toBeNull();
  expect(await localDeviceOf(join(tmpdir(), 'nobody-made-this'))).toBeNull();
});
