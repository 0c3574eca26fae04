// Writes docs/CONFIGURATION.md from the built settings: `npm run docs:config`, after a build.
// A unit test compares the file with the settings.
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const { renderConfigDocs } = require(join(root, 'dist/config/config-docs.js'));
const page = join(root, 'docs/CONFIGURATION.md');
writeFileSync(page, renderConfigDocs());
console.log(`${page} written`);
