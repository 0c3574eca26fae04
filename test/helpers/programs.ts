/** Suites that need programs from elsewhere: run where they are, else skipped aloud; where they are required, they must be there. */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '../..');
const VENV = join(ROOT, '.cache/python');
const isRequired = process.env.CLIENT_TOOLS === 'required';

/** The path of a program in the virtual environment that `npm run client:tools` makes. */
export const pythonTool = (name: string): string => join(VENV, 'bin', name);

/** As `describe`, of what needs that virtual environment. */
export function describeWithPython(name: string, suite: () => void): void {
  // Written when all of it is there.
  const isThere = existsSync(join(VENV, 'installed'));
  describeWhere({ isThere, isRequired }, name, 'npm run client:tools installs what it needs', suite);
}

/** As `describe`, of what needs programs on the PATH. */
export function describeWithPrograms(programs: readonly string[], name: string, suite: () => void): void {
  const missing = programs.filter((program) => !isOnPath(program));
  const isThere = missing.length === 0;
  describeWhere({ isThere, isRequired }, name, `there is no ${missing.join(', no ')}`, suite);
}

/** As `describe`, where what it needs is there. Elsewhere it is passed over and says why, or fails where that is required. */
export function describeWhere(
  { isThere, isRequired }: { isThere: boolean; isRequired: boolean },
  name: string,
  why: string,
  suite: () => void,
): void {
  if (isThere) {
    describe(name, suite);
  } else if (isRequired) {
    test(name, () => {
      throw new Error(`this has to be tried here, but ${why}`);
    });
  } else {
    process.stdout.write(`\n${name}: skipped, ${why}\n`);
    // The suite itself may ask for what is not there.
    test.skip(`${name} (skipped: ${why})`, () => undefined);
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
