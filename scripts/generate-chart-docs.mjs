// Writes helm/README.md from helm/values.yaml: `npm run docs:chart`. With `--check` it writes nothing and fails when the
// file is not what would be written.
import { readFileSync } from 'node:fs';
import { renderChartDocs } from './lib/chart-docs.mjs';
import { keepGenerated } from './lib/generated.mjs';
import { at } from './lib/paths.mjs';

const page = at('helm/README.md');
const text = renderChartDocs(readFileSync(at('helm/values.yaml'), 'utf8'));

keepGenerated(page, text, { source: 'values.yaml', command: 'npm run docs:chart' });
