// `npm test`: the same set-up as the demo's, then every check. A line per step; what a failing step said; and as the
// last line `N passed, N failed`, and what was skipped if anything was: every static check counts as one, and every test
// of jest.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, ROOT } from './lib/paths.mjs';
import { run, stopRunning } from './lib/processes.mjs';
import { setUp } from './lib/set-up.mjs';
import { seconds } from './lib/terminal.mjs';

const STEP_WITHIN_MS = 10 * 60_000;
const reports = mkdtempSync(join(tmpdir(), 'orchestrator-test-'));

const check = (name, script, ...args) => ({ name, args: [at(script), ...args] });
const tests = (name, { project, workers }) => ({
  name,
  args: [
    at('node_modules/jest/bin/jest.js'),
    `--selectProjects=${project}`,
    '--ci',
    `--maxWorkers=${workers}`,
    '--json',
    `--outputFile=${join(reports, `${project}.json`)}`,
  ],
  report: join(reports, `${project}.json`),
});

/** Checks that only read: they run one after the other on one core while unit tests have the other. */
const STATIC = [
  check('format', 'node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'),
  check('lint', 'node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0'),
  check('types', 'node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'),
  check(
    'dependency rules',
    'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    '--config',
    '.dependency-cruiser.cjs',
    'src',
  ),
  check('unused code', 'node_modules/knip/bin/knip.js'),
  check('generated API', 'scripts/generate-openapi.mjs', '--check'),
  check('chart documents', 'scripts/generate-chart-docs.mjs', '--check'),
  // It installs the packages twice more, from the registry or npm's cache.
  ...(process.env.CI ? [check('image', 'scripts/check-image.mjs')] : []),
  check('generated client', 'scripts/generate-client.mjs', '--check'),
  check(
    'API rules',
    'node_modules/@redocly/cli/bin/cli.js',
    'lint',
    'docs/openapi.json',
    'docs/asyncapi.yaml',
  ),
];
const UNIT = [tests('unit tests', { project: 'unit', workers: 1 })];
/** These start processes and look at times: nothing else runs beside them. */
const END_TO_END = [
  tests('end-to-end tests', { project: 'end-to-end', workers: 2 }),
  tests('fault matrix', { project: 'faults', workers: 2 }),
];

/** Nothing asks the network whether there is a newer one of it. */
const QUIET = { REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };

/** What random tests say of themselves: with this seed they do the same again. */
const SEEDS = /^.*\bseed \d+.*$/gm;

const totals = { passed: 0, failed: 0, skipped: 0 };

async function runStep(step) {
  const from = Date.now();
  // Colours are of no use in output that is kept for later. Faults are shortened by configuration, none left out.
  const env = { ...process.env, NO_COLOR: '1', NODE_ENV: 'test', FAULTS_SHORT: '1', ...QUIET };
  delete env.FORCE_COLOR;
  const { code, output } = await run(process.execPath, step.args, {
    cwd: ROOT,
    env,
    timeoutMs: STEP_WITHIN_MS,
  });
  const { passed, failed, skipped } = step.report ? readReport(step.report, code) : countOne(code);
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
  const counts = step.report ? summary({ passed, failed, skipped }) : '';
  const verdict = failed === 0 ? 'ok  ' : 'FAIL';
  console.log(
    `${verdict} ${step.name.padEnd(17)} ${seconds(Date.now() - from).padStart(8)}  ${counts}`.trimEnd(),
  );
  if (failed > 0) console.log(`${output.trim()}\n`);
  else for (const [line] of output.matchAll(SEEDS)) console.log(`     ${line}`);
}

const summary = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

const countOne = (code) => ({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 });

/** A suite that could not even start, or a jest that ended badly without a failed test, counts as one failure. */
function readReport(file, code) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
    return {
      passed: report.numPassedTests,
      failed: failed === 0 && code !== 0 ? 1 : failed,
      skipped: report.numPendingTests,
    };
  } catch {
    return countOne(code === 0 ? 1 : code);
  }
}

async function runInOrder(steps) {
  for (const step of steps) await runStep(step);
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(name, () => {
    stopRunning();
    rmSync(reports, { recursive: true, force: true });
    process.exit(1);
  });
}

try {
  await setUp((text) => console.log(text));
  await Promise.all([runInOrder(STATIC), runInOrder(UNIT)]);
  await runInOrder(END_TO_END);
} catch (error) {
  console.log(error.message);
  totals.failed += 1;
} finally {
  rmSync(reports, { recursive: true, force: true });
}
console.log(summary(totals));
process.exit(totals.failed === 0 ? 0 : 1);
