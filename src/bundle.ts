/**
 * A program as one file, with the code that V8 compiled of it beside: most of a start is finding, reading and compiling
 * modules. Compiled code of another version of V8, or made under other flags, V8 refuses; the text is compiled then.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

interface Bundle<Exports> {
  exports: Exports;
  /** Whether compiled code was there and V8 took it. */
  wasCompiled: boolean;
  /** Writes beside the file what V8 has compiled until now: functions are, when they are first called. */
  keepCompiled(): void;
}

type ModuleFunction = (
  exports: object,
  require: NodeJS.Require,
  module: { exports: object },
  filename: string,
  directory: string,
) => void;

/** Runs the file as Node runs a CommonJS module, but for `import()`, which it cannot use. Null when there is none. */
export function openBundle<Exports extends object>(path: string): Bundle<Exports> | null {
  const text = read(path);
  if (text === null) return null;
  const codePath = pathOfCode(path, text);
  const code = read(codePath);
  const source = `(function (exports, require, module, __filename, __dirname) {${text.toString()}\n})`;
  const script = new Script(source, { filename: path, ...(code && { cachedData: code }) });
  const module = { exports: {} };
  const run = script.runInThisContext() as ModuleFunction;
  run(module.exports, createRequire(path), module, path, dirname(path));
  return {
    exports: module.exports as Exports,
    wasCompiled: script.cachedDataRejected === false,
    keepCompiled: () => {
      writeFileSync(codePath, script.createCachedData());
    },
  };
}

/** V8 compares no more of a text than its length: the name says which text the code was made of. */
function pathOfCode(path: string, text: Buffer): string {
  return path.replace(/\.js$/, `.${crc32(text).toString(16)}.code`);
}

function read(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
