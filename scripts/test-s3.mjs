// `npm run test:s3`: the tests against object storage. Its server is built by Go, once, into .cache/bin; where neither it nor
// Go can be had, the tests are skipped, with a word about it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BIN, goInstall, installOnce } from './lib/cache.mjs';
import { at, ROOT } from './lib/paths.mjs';
import { setUp } from './lib/set-up.mjs';

const SERVER = join(BIN, 'versitygw');
const MODULE = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0';

const say = (text) => console.log(text);

/** null, or why there is none. */
async function buildServer() {
  if (!existsSync(SERVER)) say(`building ${MODULE}, which takes some minutes`);
  try {
    await installOnce({
      what: 'versitygw',
      version: MODULE,
      makes: SERVER,
      install: () => goInstall(MODULE),
      say,
    });
    return null;
  } catch (error) {
    return error.code === 'ENOENT' ? 'there is no go' : error.message.split('\n').at(-1);
  }
}

const why = await buildServer();
if (why !== null) {
  say(`skipped: no server of object storage can be built (${why})`);
} else {
  await setUp(say);
  const args = ['--selectProjects=s3', '--runInBand', ...process.argv.slice(2)];
  const jest = spawn(process.execPath, [at('node_modules/jest/bin/jest.js'), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  jest.once('close', (code) => process.exit(code ?? 1));
}
