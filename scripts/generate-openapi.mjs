// Writes docs/openapi.json from the built service: `npm run docs:openapi`, after a build. With `--check` it writes
// nothing and fails when the file is not what the build makes. Needs no Redis: the application is never started.
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepGenerated } from './lib/generated.mjs';
import { at } from './lib/paths.mjs';

const page = at('docs/openapi.json');
const require = createRequire(import.meta.url);
const { loadConfig } = require(at('dist/config/load-config.js'));
const { createApp } = require(at('dist/main-app.js'));
const { buildOpenApi } = require(at('dist/openapi.js'));

const app = await createApp(
  loadConfig({
    REDIS_URL: 'redis://127.0.0.1:6379',
    ORCHESTRATOR_RESULTS_DIR: join(tmpdir(), 'orchestrator-openapi'),
    LOG_FILE: '',
    LOG_LEVEL: 'ERROR',
  }),
);
const text = `${JSON.stringify(buildOpenApi(app), null, 2)}\n`;

keepGenerated(page, text, { source: 'the build', command: 'npm run docs:openapi' });
process.exit();
