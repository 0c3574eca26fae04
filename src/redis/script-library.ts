/**
 * Makes one program of the Lua scripts: several of them, asked for at one time, run in one call, one after the other. A
 * script file opens with its contract; its `-- args:` line names its arguments, which are bound to parameters, so that
 * no script and no caller counts positions. `lib.lua` comes first, `run.lua` goes through what is asked for.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { OWN_EVENT } from '../core/wire/read';
import { CHANNEL, KEY } from './keys';
import { SCRIPT_ARGUMENTS, type ScriptName } from './script-contracts';

/** Its arguments: the epoch of the caller or '', then of each script its name, how many arguments it has, and those. */
export interface Program {
  lua: string;
  sha1: string;
}

/** What is not a script of its own. */
const FRAME: ReadonlySet<string> = new Set(['lib', 'run']);

/** Reads every script and checks it against its contract in TypeScript; a difference stops the start. */
export function loadProgram(folder = join(__dirname, 'scripts')): Program {
  const textOf = (name: string): string => readFileSync(join(folder, `${name}.lua`), 'utf8');
  const names = readdirSync(folder)
    .map((file) => basename(file, '.lua'))
    .filter((name) => !FRAME.has(name));
  const expected = Object.keys(SCRIPT_ARGUMENTS);
  const strangers = [
    ...names.filter((n) => !expected.includes(n)),
    ...expected.filter((n) => !names.includes(n)),
  ];
  if (strangers.length > 0) throw new Error(`Lua scripts without their counterpart: ${strangers.join(', ')}`);
  const lua = [
    `local KEY = ${luaTable(KEY)}`,
    `local CHANNEL = ${luaTable(CHANNEL)}`,
    `local OWN_EVENT = ${luaText(OWN_EVENT)}`,
    textOf('lib'),
    // Only what is asked for is made: making all of them takes as long as running one.
    'local function script_named(name)',
    ...names.map((name) => asFunction(name as ScriptName, textOf(name))),
    'end',
    textOf('run'),
  ].join('\n');
  return { lua, sha1: createHash('sha1').update(lua).digest('hex') };
}

function asFunction(name: ScriptName, body: string): string {
  const declared = /^-- args: (.+)$/m.exec(body)?.[1]?.trim().split(/\s+/) ?? [];
  const expected = SCRIPT_ARGUMENTS[name];
  if (declared.join(' ') !== expected.join(' ')) {
    throw new Error(
      `Lua script ${name} takes (${declared.join(' ')}), its caller gives (${expected.join(' ')})`,
    );
  }
  return `if name == ${luaText(name)} then return function(${declared.join(', ')})\n${body}\nend end`;
}

function luaTable(table: Record<string, string>): string {
  return `{ ${Object.entries(table)
    .map(([key, value]) => `${key} = ${luaText(value)}`)
    .join(', ')} }`;
}

/** Of text without line ends, Lua and JSON write the same. */
const luaText = (text: string): string => JSON.stringify(text);
