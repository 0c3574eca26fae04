// Where things are. Everything else in scripts/ takes its paths from here.
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
export const at = (...parts) => join(ROOT, ...parts);

export const SERVICE_MAIN = at('dist/main.js');
export const WORKER_MAIN = at('examples/worker/dist/main.js');
export const CLIENT_MAIN = at('clients/typescript/dist/cli/main.js');
