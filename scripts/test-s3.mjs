// `npm run test:s3`: the tests against object storage. Its server is built by Go, once, into .cache/bin; where neither it nor
// Go can be had, the tests are skipped, with a word about it.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { at, ROOT } from './lib/paths.mjs';
import { setUp } from './lib/set-up.mjs';

const SERVER = at('.cache/bin/versitygw');
const MODULE = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0';

/** null, or why there is none. */
function buildServer() {
  if (existsSync(SERVER)) return null;
  console.log(`building ${MODULE}, which takes some minutes`);
  try {
    execFileSync('go', ['install', MODULE], {
      env: { ...process.env, GOBIN: at('.cache/bin') },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    return null;
  } catch (error) {
    return error.code === 'ENOENT' ? 'there is no go' : String(error.stderr).trim().split('\n').at(-1);
  }
}

const why = buildServer();
if (why !== null) {
  console.log(`skipped: no server of object storage can be built (${why})`);
} else {
  await setUp((text) => console.log(text));
  const args = ['--selectProjects=s3', '--runInBand', ...process.argv.slice(2)];
  const jest = spawn(process.execPath, [at('node_modules/jest/bin/jest.js'), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  jest.once('close', (code) => process.exit(code ?? 1));
}
