/** How fast a large file goes out. */
import { tasksInFlight } from '../lib/holders.mjs';
import { BYTES, download as get, megabytesPerSecond, NAME, put, upload } from '../lib/large-file.mjs';
import { inTurn, withService } from '../lib/sides.mjs';

export const download = {
  name: 'download',
  what: 'one file of 2 GiB, downloaded',
  peer: '`send` in an Express handler',
  figures: { rate: { unit: 'MB/s', goal: { ratioAtLeast: 0.8 } } },
  async round(bench, { size, turn }) {
    const bytes = BYTES[size];
    const fetched = (url) => megabytesPerSecond(bytes, () => get(url, bytes));
    // Each side has written its file itself, right before: both are read from memory, or neither is.
    const rate = await inTurn(turn, {
      peer: () =>
        bench.apart(async (own) => {
          const { url } = await own.peer('express-files', { directory: own.directory });
          await put(`${url}/${NAME}`, bytes);
          return fetched(`${url}/${NAME}`);
        }),
      ours: () =>
        withService(bench, { messages: false }, async (side) => {
          const [{ taskId, headers }] = await tasksInFlight(side, 1);
          const url = `${side.service.url}/api/v1/results/${taskId}/files`;
          await upload(url, NAME, bytes, headers);
          return fetched(`${url}/${NAME}`);
        }),
    });
    return { rate };
  },
};
