/** values.yaml, its schema and its documentation are one. Needs no tools. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { AppConfig } from '../../src/config/app-config';
import { settingsOf } from '../../src/config/setting';
import { ROOT } from '../helpers/programs';

interface Schema {
  properties?: Record<string, Schema>;
  definitions?: Record<string, Schema>;
  $ref?: string;
  propertyNames?: { anyOf: [{ enum: string[] }, { pattern: string }] };
}

const schema = JSON.parse(readFileSync(join(ROOT, 'helm/values.schema.json'), 'utf8')) as Schema;
const values = parse(readFileSync(join(ROOT, 'helm/values.yaml'), 'utf8')) as object;

const followed = (of: Schema): Schema =>
  of.$ref === undefined ? of : (schema.definitions?.[of.$ref.split('/').at(-1)!] ?? {});

/** Paths of the parts that the schema lists by name. */
function inSchema(of: Schema, path: readonly string[] = []): string[] {
  const parts = Object.entries(followed(of).properties ?? {});
  if (parts.length === 0) return [path.join('.')];
  return parts.flatMap(([name, part]) => inSchema(part, [...path, name]));
}

/** Those of the same parts in the values; what the schema leaves open is one. */
function inValues(value: unknown, of: Schema, path: readonly string[] = []): string[] {
  const { properties } = followed(of);
  if (properties === undefined) return [path.join('.')];
  return Object.entries(value as object).flatMap(([name, part]) =>
    inValues(part, properties[name] ?? {}, [...path, name]),
  );
}

describe('the values of the chart', () => {
  test('are those of the schema, no more and no less', () => {
    // Helm itself hands `global` to every chart. A limit on processors is left out on purpose.
    const beside = ['global'];
    const listed = inSchema(schema).filter((path) => !beside.includes(path));
    expect(inValues(values, schema).sort()).toEqual(listed.sort());
  });

  test('in `config` are named as the settings of the service are', () => {
    const names = settingsOf(AppConfig).map(({ env }) => env);
    expect(schema.properties?.config?.propertyNames?.anyOf[0].enum).toEqual(names.sort());
  });

  test('are documented as they are', () => {
    const script = join(ROOT, 'scripts/generate-chart-docs.mjs');
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  test('the chart names the version of the service that it lies beside', () => {
    const chart = parse(readFileSync(join(ROOT, 'helm/Chart.yaml'), 'utf8')) as { appVersion: string };
    const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(chart.appVersion).toBe(own.version);
  });
});
