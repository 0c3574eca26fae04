/**
 * Runs the peers and us in turn and says how we compare: `npm run bench`, after `npm run build`.
 *
 * `--rounds N` (5), `--only dispatch,hop,growth`, `--size small` (tries out that the bench works; writes nothing).
 * A run of normal size writes bench/results/<date>.json, the table in docs/PERFORMANCE.md and its charts.
 */
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { growth } from './growth.mjs';
import { Bench } from './lib/bench.mjs';
import { measures } from './measures.mjs';
import { draw } from './report/charts.mjs';
import { save } from './report/file.mjs';
import { fill } from './report/page.mjs';
import { figureOf } from './report/spread.mjs';
import { header, linesOf, number } from './report/table.mjs';

const ROUND_WITHIN_MS = 900_000;
const GROWTH = 'growth';
const names = measures.map(({ name }) => name);

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    size: { type: 'string', default: 'normal' },
  },
});
const { size } = values;
const rounds = Number(values.rounds);
const only = values.only?.split(',');
const unknown = only?.filter((name) => name !== GROWTH && !names.includes(name)) ?? [];
if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: not among ${[...names, GROWTH].join(', ')}`);
if (!['normal', 'small'].includes(size)) throw new Error('--size is normal or small');
if (!(rounds >= 1 && rounds <= 100)) throw new Error('--rounds is a number from 1 to 100');
const isWanted = (name) => only?.includes(name) ?? true;

/** Runs with a bench, which ends with it, for a bounded time. */
function bounded(use) {
  return Bench.run(async (bench) => {
    let timer;
    const late = new Promise((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('the round takes too long')), ROUND_WITHIN_MS);
    });
    try {
      return await Promise.race([use(bench), late]);
    } finally {
      clearTimeout(timer);
    }
  });
}

async function measured(measure) {
  const gave = [];
  for (let turn = 0; turn < rounds; turn += 1) {
    gave.push(await bounded((bench) => measure.round(bench, { size, turn })));
  }
  const figures = Object.entries(measure.figures).map(([name, declared]) => [
    name,
    figureOf(
      declared,
      gave.map((round) => round[name]),
    ),
  ]);
  const { name, what, peer } = measure;
  return { name, what, peer, at: new Date().toISOString(), rounds, figures: Object.fromEntries(figures) };
}

const done = [];
let curves;
console.log(header());
for (const measure of measures.filter(({ name }) => isWanted(name))) {
  const outcome = await measured(measure).catch((error) => ({ name: measure.name, error: String(error) }));
  done.push(outcome);
  for (const line of linesOf(outcome)) console.log(line);
}
if (isWanted(GROWTH)) {
  curves = await bounded((bench) => growth(bench, { size })).catch((error) => {
    done.push({ name: GROWTH, error: String(error) });
    console.log(`${GROWTH} FAILED: ${error}`);
  });
  for (const { over, curves: all } of curves ?? []) {
    for (const { title, unit, points } of all) {
      const values = points.map(([at, value]) => `${number(value)} at ${number(at)}`).join(', ');
      console.log(`${title} (${unit}) over ${over}: ${values}`);
    }
  }
}
if (size === 'normal') {
  const good = done.filter(({ error }) => error === undefined);
  const { content, path } = await save({ measures: good, growth: curves }, names);
  const drawn = draw(content);
  await fill(content);
  const charts = drawn.map((name) => `docs/performance/${name}`).join(', ');
  console.log(`written: ${relative('.', path)}, docs/PERFORMANCE.md, ${charts}`);
}
const missed = done.filter(
  ({ error, figures = {} }) => error ?? Object.values(figures).some(({ met }) => met === false),
);
if (missed.length > 0)
  console.log(`goals missed or not measured: ${missed.map(({ name }) => name).join(', ')}`);
process.exitCode = done.some(({ error }) => error !== undefined) ? 1 : 0;
