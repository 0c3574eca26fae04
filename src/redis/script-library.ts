/**
 * Loads the Lua scripts. A script file opens with its contract; its `-- args:` line names its arguments, which the
 * loader binds to locals, so that no script and no caller counts positions. `lib.lua` is put in front of each.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { OWN_EVENT } from '../core/wire/read';
import { CHANNEL, KEY } from './keys';
import { SCRIPT_ARGUMENTS, type ScriptName } from './script-contracts';

export interface Script {
  lua: string;
  sha1: string;
  arguments: readonly string[];
}

/** Reads every script and checks it against its contract in TypeScript; a difference stops the start. */
export function loadScripts(folder = join(__dirname, 'scripts')): Record<ScriptName, Script> {
  const library = readFileSync(join(folder, 'lib.lua'), 'utf8');
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.lua') && file !== 'lib.lua')
    .map((file) => basename(file, '.lua'));
  const expected = Object.keys(SCRIPT_ARGUMENTS);
  const strangers = [
    ...names.filter((n) => !expected.includes(n)),
    ...expected.filter((n) => !names.includes(n)),
  ];
  if (strangers.length > 0) throw new Error(`Lua scripts without their counterpart: ${strangers.join(', ')}`);
  return Object.fromEntries(
    names.map((name) => [
      name,
      compose(name as ScriptName, readFileSync(join(folder, `${name}.lua`), 'utf8'), library),
    ]),
  ) as Record<ScriptName, Script>;
}

function compose(name: ScriptName, body: string, library: string): Script {
  const declared = /^-- args: (.+)$/m.exec(body)?.[1]?.trim().split(/\s+/) ?? [];
  const expected = SCRIPT_ARGUMENTS[name];
  if (declared.join(' ') !== expected.join(' ')) {
    throw new Error(
      `Lua script ${name} takes (${declared.join(' ')}), its caller gives (${expected.join(' ')})`,
    );
  }
  const lua = [
    `local KEY = ${luaTable(KEY)}`,
    `local CHANNEL = ${luaTable(CHANNEL)}`,
    `local OWN_EVENT = ${luaText(OWN_EVENT)}`,
    `local ${['home', ...declared].join(', ')} = unpack(ARGV)`,
    library,
    body,
  ].join('\n');
  return { lua, sha1: createHash('sha1').update(lua).digest('hex'), arguments: expected };
}

function luaTable(table: Record<string, string>): string {
  return `{ ${Object.entries(table)
    .map(([key, value]) => `${key} = ${luaText(value)}`)
    .join(', ')} }`;
}

/** Of text without line ends, Lua and JSON write the same. */
const luaText = (text: string): string => JSON.stringify(text);
