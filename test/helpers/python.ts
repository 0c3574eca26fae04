/** Suites that need Python and packages of PyPI: run where `npm run python:tools` installed them, else skipped aloud. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '../..');
const BIN = join(ROOT, '.cache/python/bin');

/** The path of a program in the virtual environment. */
export const pythonTool = (name: string): string => join(BIN, name);

/** As `describe`. Where PYTHON_TOOLS is `required` the tools must be there. */
export function describeWithPython(name: string, suite: () => void): void {
  if (existsSync(join(BIN, '../installed'))) {
    describe(name, suite);
    return;
  }
  if (process.env.PYTHON_TOOLS === 'required') {
    test(`${name}: the Python tools are missing (npm run python:tools)`, () => {
      throw new Error('PYTHON_TOOLS=required, and .cache/python is not whole');
    });
    return;
  }
  describe.skip(`${name} (skipped: npm run python:tools installs what it needs)`, suite);
}
