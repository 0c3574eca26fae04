// Writes helm/README.md from helm/values.yaml: `npm run docs:chart`. With `--check` it writes nothing and fails when the
// file is not what would be written.
import { readFileSync, writeFileSync } from 'node:fs';
import { renderChartDocs } from './lib/chart-docs.mjs';
import { at } from './lib/paths.mjs';

const page = at('helm/README.md');
const text = renderChartDocs(readFileSync(at('helm/values.yaml'), 'utf8'));

if (process.argv.includes('--check')) {
  if (readFileSync(page, 'utf8') === text) process.exit(0);
  console.error('helm/README.md is not what values.yaml makes: run npm run docs:chart');
  process.exit(1);
}
writeFileSync(page, text);
console.log(`${page} written`);
