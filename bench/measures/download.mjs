/** How fast a large file goes out, by itself and as part of a bundle. */
import { tasksInFlight } from '../lib/holders.mjs';
import {
  BYTES,
  download as get,
  downloadBundle,
  megabytesPerSecond,
  NAME,
  put,
  upload,
} from '../lib/large-file.mjs';
import { inTurn, withService } from '../lib/sides.mjs';

export const download = {
  name: 'download',
  what: 'one file of 2 GiB, downloaded: by itself, and in a bundle, which is unpacked as it comes',
  peer: '`send` in an Express handler; one that streams a tar of the file through gzip of the same level',
  figures: {
    file: { unit: 'MB/s', goal: { ratioAtLeast: 0.8 } },
    bundle: { unit: 'MB/s', goal: { ratioAtLeast: 0.8 } },
  },
  async round(bench, { size, turn }) {
    const bytes = BYTES[size];
    const fetched = async (file, bundle) => ({
      file: await megabytesPerSecond(bytes, () => get(file, bytes)),
      bundle: await megabytesPerSecond(bytes, () => downloadBundle(bundle, NAME, bytes)),
    });
    // Each side has written its file itself, right before: both are read from memory, or neither is.
    const { ours, peer } = await inTurn(turn, {
      peer: () =>
        bench.apart(async (own) => {
          const { url } = await own.peer('express-files', { directory: own.directory });
          await put(`${url}/${NAME}`, bytes);
          return fetched(`${url}/${NAME}`, `${url}/${NAME}/bundle`);
        }),
      ours: () =>
        withService(bench, {}, async (side) => {
          const [{ taskId, headers }] = await tasksInFlight(side, 1);
          const results = `${side.service.url}/api/v1/results/${taskId}`;
          await upload(`${results}/files`, NAME, bytes, headers);
          return fetched(`${results}/files/${NAME}`, `${results}/bundle`);
        }),
    });
    return {
      file: { ours: ours.file, peer: peer.file },
      bundle: { ours: ours.bundle, peer: peer.bundle },
    };
  },
};
