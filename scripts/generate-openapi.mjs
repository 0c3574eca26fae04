// Writes docs/openapi.json from the built service: `npm run docs:openapi`, after a build. With `--check` it writes
// nothing and fails when the file is not what the build makes. Needs no Redis: the application is never started.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs/openapi.json');
const require = createRequire(import.meta.url);
const { loadConfig } = require(join(root, 'dist/config/load-config.js'));
const { createApp } = require(join(root, 'dist/main-app.js'));
const { buildOpenApi } = require(join(root, 'dist/openapi.js'));

const app = await createApp(
  loadConfig({
    REDIS_URL: 'redis://127.0.0.1:6379',
    ORCHESTRATOR_RESULTS_DIR: join(tmpdir(), 'orchestrator-openapi'),
    LOG_FILE: '',
    LOG_LEVEL: 'ERROR',
  }),
);
const text = `${JSON.stringify(buildOpenApi(app), null, 2)}\n`;

if (process.argv.includes('--check')) {
  if (readFileSync(page, 'utf8') === text) process.exit(0);
  console.error('docs/openapi.json is not what the build makes: run npm run docs:openapi');
  process.exit(1);
}
writeFileSync(page, text);
console.log(`${page} written`);
process.exit(0);
