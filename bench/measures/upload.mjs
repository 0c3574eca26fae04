/** How fast a large file comes in, and how much memory that takes. */
import { tasksInFlight } from '../lib/holders.mjs';
import { BYTES, digestOf, megabytesPerSecond, NAME, put, upload as send } from '../lib/large-file.mjs';
import { MIB } from '../lib/numbers.mjs';
import { growthWhile } from '../lib/resident.mjs';
import { inTurn, withService } from '../lib/sides.mjs';

export const upload = {
  name: 'upload',
  what: 'one file of 2 GiB, uploaded for a task in flight',
  peer: 'an Express handler that streams the body to disk with its SHA-256, and fsyncs',
  figures: {
    rate: { unit: 'MB/s', goal: { ratioAtLeast: 0.8 } },
    resident: { unit: 'MiB', goal: { atMost: 48 } },
  },
  async round(bench, { size, turn }) {
    const bytes = BYTES[size];
    digestOf(bytes); // what is sent is known before any time is taken
    let resident;
    const rate = await inTurn(turn, {
      peer: () =>
        bench.apart(async (own) => {
          const { url } = await own.peer('express-files', { directory: own.directory });
          return megabytesPerSecond(bytes, () => put(`${url}/${NAME}`, bytes));
        }),
      ours: () =>
        withService(bench, { messages: false }, async (side) => {
          const { service } = side;
          const [{ taskId, headers }] = await tasksInFlight(side, 1);
          const url = `${service.url}/api/v1/results/${taskId}/files`;
          let perSecond;
          resident = await growthWhile(service.pid, async () => {
            perSecond = await megabytesPerSecond(bytes, () => send(url, NAME, bytes, headers));
          });
          return perSecond;
        }),
    });
    return { rate, resident: { ours: resident / MIB } };
  },
};
