/**
 * Where the service's main thread spends its time, in shares of that in which it is not idle: `npm run bench:profile`, after
 * `npm run build`. Prints a table as docs/PERFORMANCE.md has them. Names of flows as arguments take these alone.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bench } from './lib/bench.mjs';
import { wide } from './lib/documents.mjs';
import { Holders, tasksInFlight } from './lib/holders.mjs';
import { enqueue, timed, untilDone, withService } from './lib/sides.mjs';
import { until } from './lib/until.mjs';
import { singles } from './measures/intake.mjs';
import { postHeld } from './measures/results.mjs';
import { sharesOf } from './report/owners.mjs';

const PRELOAD = new URL('./lib/take-profile.mjs', import.meta.url).href;
const LINES = 12;
const DOCUMENTS = { warm: 6_000, count: 10_000 };
const CHAINS = { warm: 100, count: 100 };
const STAGES = 40;
const TASKS = { warm: 30_000, count: 20_000 };
const WORKERS = 64;
const HELD = { warm: 5, turns: 5, count: 1_000 };
/** Three sweeps, at the interval that is the default. */
const QUIET_MS = 15_000;

/** Each warms the service up, and then does what is `profiled`. */
const FLOWS = {
  intake: {
    options: {},
    async run({ url }, profiled) {
      await singles(url, { count: DOCUMENTS.warm });
      await profiled(() => singles(url, { count: DOCUMENTS.count }));
    },
  },
  hop: {
    options: { workers: 4, sharedStorage: 'in memory' },
    async run(side, profiled) {
      const hops = (chains) => timed(side, 'hops', { warm: 0, chains, stages: STAGES });
      await hops(CHAINS.warm);
      await profiled(() => hops(CHAINS.count));
    },
  },
  backlog: {
    options: { sharedStorage: false },
    async run(side, profiled) {
      const { fleet, url } = side;
      await enqueue(url, TASKS.warm, (nodes) => wide('warm', nodes));
      await fleet.add(WORKERS);
      await untilDone(side, TASKS.warm);
      await fleet.leave();
      await enqueue(url, TASKS.count, (nodes) => wide('queued', nodes));
      await profiled(async () => {
        await fleet.add(WORKERS);
        await untilDone(side, TASKS.warm + TASKS.count);
      });
    },
  },
  results: {
    options: {},
    async run(side, profiled) {
      const crew = await Holders.hire(side, HELD.count);
      const posts = async (turns) => {
        for (let turn = 0; turn < turns; turn += 1) await postHeld(crew, side.service.url);
      };
      await posts(HELD.warm);
      await profiled(() => posts(HELD.turns));
    },
  },
  /** A fleet of which each holds a task, and nothing happens. */
  fleet: {
    options: {},
    async run(side, profiled) {
      await tasksInFlight(side, HELD.count);
      await sleep(QUIET_MS);
      await profiled(() => sleep(QUIET_MS));
    },
  },
};

/** The profile of what a flow does when it is warm. */
function profileOf({ options, run }) {
  return Bench.run(async (bench) => {
    const file = join(bench.directory, 'service.cpuprofile');
    const env = { NODE_OPTIONS: `--import=${PRELOAD}`, PROFILE: file };
    await withService(bench, { ...options, env }, (side) =>
      run(side, async (profiled) => {
        process.kill(side.service.pid, 'SIGUSR2');
        await profiled();
        process.kill(side.service.pid, 'SIGUSR2');
        await until('the profile', () =>
          readFile(file).then(
            ({ length }) => length > 0,
            () => false,
          ),
        );
      }),
    );
    return JSON.parse(await readFile(file, 'utf8'));
  });
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(FLOWS);
const columns = [];
for (const name of wanted) {
  if (!(name in FLOWS)) throw new Error(`${name}: not among ${Object.keys(FLOWS).join(', ')}`);
  columns.push(sharesOf(await profileOf(FLOWS[name])).slice(0, LINES));
}
const row = (cells) => console.log(`| ${cells.join(' | ')} |`);
row(wanted.flatMap((name) => [name, 'share']));
row(wanted.flatMap(() => ['---', '---']));
for (let index = 0; index < LINES; index += 1) {
  row(
    columns.flatMap((shares) => {
      const [owner, share] = shares[index] ?? ['', 0];
      return [owner, `${Math.round(share * 100)} %`];
    }),
  );
}
