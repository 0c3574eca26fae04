// `npm run test:faults [-- --rounds N --seed S --row K --short]`: the table of faults, each row so many rounds, against
// real processes. Prints the seed, a line per row, what a failed one said, and as the last line `N passed, N failed`.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { at, ROOT } from './lib/paths.mjs';
import { stopRunning } from './lib/processes.mjs';
import { setUp } from './lib/set-up.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    row: { type: 'string', multiple: true, default: [] },
    short: { type: 'boolean', default: false },
  },
});

const stopSetUp = () => {
  stopRunning();
  process.exit(1);
};
for (const name of SIGNALS) process.on(name, stopSetUp);
await setUp((text) => console.log(text));

const { rounds, seed, row: rows, short } = options;
console.log(`seed ${seed}, ${rounds} round${rounds === '1' ? '' : 's'}${short ? ', short' : ''}`);
const only = rows.length === 0 ? [] : [`--testNamePattern=\\brow (?:${rows.join('|')}): `];
const jest = spawn(
  process.execPath,
  [
    at('node_modules/jest/bin/jest.js'),
    '--selectProjects=faults',
    '--maxWorkers=2',
    `--reporters=${at('test/faults/lib/reporter.mjs')}`,
    ...only,
  ],
  {
    cwd: ROOT,
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_ENV: 'test',
      FAULTS_SEED: seed,
      FAULTS_ROUNDS: rounds,
      FAULTS_SHORT: short ? '1' : '',
    },
  },
);
for (const name of SIGNALS) {
  process.off(name, stopSetUp);
  // Ctrl-C reaches jest too; what it has started ends with it.
  process.on(name, () => jest.kill(name));
}
jest.once('close', (code) => process.exit(code ?? 1));
