/** The programs that the chart is checked with: those of `npm run chart:tools`, or the machine's own. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describeWhere, ROOT } from '../../helpers/programs';

export const SCHEMAS = join(ROOT, '.cache/schemas');
const FOLDERS = [join(ROOT, '.cache/bin'), ...(process.env.PATH ?? '').split(delimiter)];

function find(name: string): string | null {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** As `describe`, where all these programs are there; with CHART_TOOLS=required they must be. */
export function describeWith(programs: readonly string[], name: string, suite: () => void): void {
  const missing = programs.filter((program) => find(program) === null);
  const isRequired = process.env.CHART_TOOLS === 'required';
  const why = `there is no ${missing.join(', no ')}: npm run chart:tools`;
  describeWhere({ isThere: missing.length === 0, isRequired }, name, why, suite);
}

/** Runs a program to its end; stdout and stderr together where `merged`. */
export function runTool(
  name: string,
  args: readonly string[],
  input = '',
): { code: number | null; stdout: string; output: string } {
  const program = find(name);
  if (program === null) throw new Error(`${name} is missing`);
  const { status, stdout, stderr } = spawnSync(program, args, {
    input,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return { code: status, stdout, output: `${stdout}${stderr}` };
}
