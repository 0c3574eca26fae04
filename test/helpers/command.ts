/** A command as a script runs it: its exit code, and what it says on either stream. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** The command line of the TypeScript client. */
export const ORCHESTRATOR = resolve(__dirname, '../../clients/typescript/bin/orchestrator.cjs');

export interface Ran {
  code: number | NodeJS.Signals;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  /** What comes on standard input. */
  input?: string;
  /** Killed after so long. */
  withinMs?: number;
}

/** Runs it to its end; nothing of the environment but PATH and HOME goes along. */
export async function runCommand(
  command: string,
  args: readonly string[],
  { env = {}, cwd, input = '', withinMs = 30_000 }: CommandOptions = {},
): Promise<Ran> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(command, args, {
    env: { PATH, HOME, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    timeout: withinMs,
    killSignal: 'SIGKILL',
  });
  const ran = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (ran.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (ran.stderr += text));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const code = await new Promise<number | NodeJS.Signals>((done, fail) => {
    child.once('error', fail);
    child.once('close', (exit, signal) => {
      done(exit ?? signal ?? 'SIGKILL');
    });
  });
  return { code, ...ran };
}
