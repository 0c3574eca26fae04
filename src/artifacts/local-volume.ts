/** Which directories lie on a file system of this machine's own, where what was just written is in memory. */
import { stat, statfs } from 'node:fs/promises';

/** By the numbers that Linux gives them (statfs(2)). Those of networks, and those that other programs serve, are missing. */
const LOCAL: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0x2fc12fc1, // ZFS
  0xf2f52010, // F2FS
  0x01021994, // tmpfs
  0x794c7630, // overlay
]);

/** The device that it lies on, as `stat` names it; null where that is not the machine's own, or cannot be told. */
export async function localDeviceOf(directory: string): Promise<number | null> {
  try {
    return LOCAL.has((await statfs(directory)).type) ? (await stat(directory)).dev : null;
  } catch {
    return null;
  }
}
