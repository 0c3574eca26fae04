/** Suites that need programs from elsewhere: run where they are, else skipped aloud; in CI they must be there. */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '../..');
const VENV = join(ROOT, '.cache/python');

/** The path of a program in the virtual environment that `npm run client:tools` makes. */
export const pythonTool = (name: string): string => join(VENV, 'bin', name);

/** As `describe`, of what needs that virtual environment. */
export function describeWithPython(name: string, suite: () => void): void {
  // Written when all of it is there.
  const isThere = existsSync(join(VENV, 'installed'));
  describeWhere(isThere, name, 'npm run client:tools installs what it needs', suite);
}

/** As `describe`, of what needs programs on the PATH. */
export function describeWithPrograms(programs: readonly string[], name: string, suite: () => void): void {
  const missing = programs.filter((program) => !isOnPath(program));
  describeWhere(missing.length === 0, name, `there is no ${missing.join(', no ')}`, suite);
}

function describeWhere(isThere: boolean, name: string, why: string, suite: () => void): void {
  if (isThere) {
    describe(name, suite);
  } else if (process.env.CLIENT_TOOLS === 'required') {
    test(name, () => {
      throw new Error(`CLIENT_TOOLS=required, but ${why}`);
    });
  } else {
    describe.skip(`${name} (skipped: ${why})`, suite);
  }
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
