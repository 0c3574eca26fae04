/**
 * Times of the two flows that tests only count: 40 chained stages on 4 instant workers, 500 tasks on 32.
 * Run by `npm run bench:flow` after `npm run build`; a private Redis, one service, one process of workers.
 */
import { Bench } from './lib/bench.mjs';
import { chain, wide } from './lib/documents.mjs';
import { timed, withService } from './lib/sides.mjs';
import { report } from './report/times.mjs';

const ROUNDS = Number(process.argv[2] ?? 5);

const FLOWS = [
  { what: '40 chained stages on 4 workers', workers: 4, document: (output) => chain('chain', 40, output) },
  { what: '500 tasks on 32 workers', workers: 32, document: (output) => wide('wide', 500, output) },
];

await Bench.run((bench) =>
  withService(bench, {}, async (side) => {
    const output = { destination: `${side.service.url}/api/v1/results` };
    for (const { what, workers, document } of FLOWS) {
      await side.fleet.add(workers);
      const times = await timed(side, 'flows', { document: document(output), rounds: ROUNDS });
      await side.fleet.leave();
      report(what, times);
    }
  }),
);
