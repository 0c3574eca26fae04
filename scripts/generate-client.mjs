// Writes the types of the TypeScript client from docs/openapi.json: `npm run docs:client`. With `--check` it writes
// nothing and fails when the file is not what the document makes.
import { pathToFileURL } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import { keepGenerated } from './lib/generated.mjs';
import { at } from './lib/paths.mjs';

const types = at('clients/typescript/src/generated/api.ts');
const text = astToString(await openapiTS(pathToFileURL(at('docs/openapi.json'))));
const whole = `/** Generated from docs/openapi.json by \`npm run docs:client\`; not to be edited. */\n${text}`;

keepGenerated(types, whole, { source: 'docs/openapi.json', command: 'npm run docs:client' });
