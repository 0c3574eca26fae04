/**
 * The file of a day under bench/results: what was measured, on what. A run of some measures replaces those alone; the others
 * are as the newest file has them, also if that is of an earlier day.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const RESULTS = fileURLToPath(new URL('../results/', import.meta.url));

function machine() {
  const redis = /v=(\S+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1];
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    redis,
  };
}

/**
 * @param {{ measures: { name: string }[], growth?: unknown }} run
 * @param {string[]} order names of all measures
 * @returns {Promise<{ content: any, path: string }>} what the file now says, and its path
 */
export async function save({ measures, growth }, order) {
  mkdirSync(RESULTS, { recursive: true });
  const path = join(RESULTS, `${new Date().toISOString().slice(0, 10)}.json`);
  const newest = readdirSync(RESULTS).sort().at(-1);
  const before =
    newest === undefined ? { measures: [] } : JSON.parse(readFileSync(join(RESULTS, newest), 'utf8'));
  const fresh = new Set(measures.map(({ name }) => name));
  const all = [...before.measures.filter(({ name }) => !fresh.has(name)), ...measures];
  all.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const content = { machine: machine(), measures: all, growth: growth ?? before.growth };
  const options = { ...(await resolveConfig(path)), filepath: path };
  writeFileSync(path, await format(JSON.stringify(content), options));
  return { content, path };
}
