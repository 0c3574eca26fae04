// Writes the types of the TypeScript client from docs/openapi.json: `npm run docs:client`. With `--check` it writes
// nothing and fails when the file is not what the document makes.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import { at } from './lib/paths.mjs';

const types = at('clients/typescript/src/generated/api.ts');
const text = astToString(await openapiTS(pathToFileURL(at('docs/openapi.json'))));
const whole = `/** Generated from docs/openapi.json by \`npm run docs:client\`; not to be edited. */\n${text}`;

const isFresh = existsSync(types) && readFileSync(types, 'utf8') === whole;

if (!process.argv.includes('--check')) {
  // Untouched where nothing changes, since what is newer than the build is built.
  if (!isFresh) writeFileSync(types, whole);
  console.log(`${types} written`);
} else if (!isFresh) {
  console.error(
    'the types of the TypeScript client are not what docs/openapi.json makes: run npm run docs:client',
  );
  process.exitCode = 1;
}
