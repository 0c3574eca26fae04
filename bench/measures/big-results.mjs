/** What a large result on its way in costs everybody else. */
import { tasksInFlight } from '../lib/holders.mjs';
import { steadily } from '../lib/load.mjs';
import { MIB, p99 } from '../lib/numbers.mjs';
import { inTurn, withService } from '../lib/sides.mjs';

const PER_SECOND = 200;
const WARM_SECONDS = 1;
/** `tasks`: more than can be posted for in the time. */
const AMOUNT = {
  normal: { bytes: 50 * MIB, seconds: 8, tasks: 200 },
  small: { bytes: 5 * MIB, seconds: 1, tasks: 200 },
};

export const bigResults = {
  name: 'big-results',
  what: `GET of a task, ${PER_SECOND} a second, while results of 50 MiB come in one after the other`,
  peer: 'the same requests while nothing comes in',
  figures: { p99: { unit: 'ms', goal: { ratioAtMost: 3 } } },
  round(bench, { size, turn }) {
    const { bytes, seconds, tasks } = AMOUNT[size];
    return withService(bench, {}, async (side) => {
      const { bench: own, service } = side;
      const [asked, ...posted] = await tasksInFlight(side, tasks);
      const request = { method: 'GET', path: `/api/v1/tasks/${asked.taskId}`, expect: 200 };
      const ask = (time) => steadily(service.url, { request, perSecond: PER_SECOND, seconds: time });
      const settings = { url: `${service.url}/api/v1/results`, tasks: posted, bytes };
      const poster = await own.peer('big-poster', settings);
      await ask(WARM_SECONDS);
      const times = await inTurn(turn, {
        peer: () => ask(seconds),
        ours: async () => {
          await poster.ask({ do: 'start' });
          const meanwhile = await ask(seconds);
          const { posts } = await poster.ask({ do: 'stop' });
          if (posts === 0) throw new Error('no large result came in');
          return meanwhile;
        },
      });
      return { p99: { ours: p99(times.ours), peer: p99(times.peer) } };
    });
  },
};
