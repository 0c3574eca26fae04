/** How fast a large file comes in by each route, and how much memory that takes. */
import { tasksInFlight } from '../lib/holders.mjs';
import {
  BYTES,
  digestOf,
  megabytesPerSecond,
  NAME,
  put,
  upload as post,
  uploadInParts,
} from '../lib/large-file.mjs';
import { MIB } from '../lib/numbers.mjs';
import { growthWhile } from '../lib/resident.mjs';
import { inTurn, withService } from '../lib/sides.mjs';

/** Sends the file for a task in flight. */
const routes = {
  multipart: ({ url }, { taskId, headers }, bytes) =>
    post(`${url}/api/v1/results/${taskId}/files`, NAME, bytes, headers),
  put: ({ url }, { taskId, headers }, bytes) =>
    put(`${url}/api/v1/results/${taskId}/files/${NAME}`, bytes, headers),
  tus: ({ url }, { taskId, headers }, bytes) =>
    uploadInParts(`${url}/api/v1/uploads`, { task_id: taskId, filename: NAME }, bytes, headers),
};
const atLeast = { unit: 'MB/s', goal: { ratioAtLeast: 0.8 } };

export const upload = {
  name: 'upload',
  what: 'one file of 2 GiB, uploaded for a task in flight: as a form, as the body of a PUT, by tus in PATCHes of 64 MiB, each synced',
  peer: 'an Express handler that streams the body of one PUT to disk with its SHA-256, and fsyncs',
  figures: {
    multipart: atLeast,
    put: atLeast,
    tus: atLeast,
    resident: { unit: 'MiB', goal: { atMost: 48 } },
  },
  async round(bench, { size, turn }) {
    const bytes = BYTES[size];
    digestOf(bytes); // what is sent is known before any time is taken
    const peer = () =>
      bench.apart(async (own) => {
        const { url } = await own.peer('express-files', { directory: own.directory });
        return megabytesPerSecond(bytes, () => put(`${url}/${NAME}`, bytes));
      });
    const figures = {};
    let resident = 0;
    for (const [name, send] of Object.entries(routes)) {
      const ours = () =>
        withService(bench, {}, async (side) => {
          const { service } = side;
          const [task] = await tasksInFlight(side, 1);
          let perSecond;
          const grown = await growthWhile(service.pid, async () => {
            perSecond = await megabytesPerSecond(bytes, () => send(service, task, bytes));
          });
          resident = Math.max(resident, grown);
          return perSecond;
        });
      figures[name] = await inTurn(turn, { peer, ours });
    }
    return { ...figures, resident: { ours: resident / MIB } };
  },
};
