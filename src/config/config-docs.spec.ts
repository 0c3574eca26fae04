/** The page about configuration is the one that the settings make. */
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppConfig } from './app-config';
import { renderConfigDocs } from './config-docs';
import { settingsOf } from './setting';

it('docs/CONFIGURATION.md is up to date (npm run docs:config)', () => {
  const page = join(__dirname, '..', '..', 'docs', 'CONFIGURATION.md');
  expect(readFileSync(page, 'utf8')).toBe(renderConfigDocs());
});

it('every setting has a row with its name, its default and a sentence', () => {
  const page = renderConfigDocs();
  for (const { env, doc } of settingsOf(AppConfig)) {
    expect(page).toContain(`| \`${env}\` | `);
    expect(page).toContain(doc);
  }
});
