/** `orchestrator COMMAND …`: finds the command, runs it, and ends with a code that scripts can rely on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Orchestrator } from '../client';
import { COMMANDS } from './commands';
import { EXIT, exitCodeOf, UsageError } from './exit';
import { DamagedError, STANDARD } from './files';
import { readWords, type Words } from './options';
import { failure, say, table, tell } from './output';

const DEFAULT_URL = 'http://127.0.0.1:8000';

function help(): string {
  const commands = Object.entries(COMMANDS).map(([name, { takes, does }]) => [`  ${name} ${takes}`, does]);
  return `orchestrator COMMAND …

${table(['Commands', ''], commands)}

Every command takes --json, --url URL, --silence SEC and --help. A request is not answered when nothing is heard for
--silence, 30 s by default.

Environment
  ORCHESTRATOR_URL    where the service is; ${DEFAULT_URL} by default
  ORCHESTRATOR_TOKEN  its token, if it has one

Exit codes
  0  done               1  a task FAILED or was CANCELLED     2  the command has a mistake
  3  service not reached, or busy: try again later            4  the service says no
  5  --timeout is over`;
}

async function run(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--version') {
    say(version());
    return EXIT.ok;
  }
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    say(help());
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    return failed(new UsageError(`there is no command ${name}; orchestrator help lists them`), null);
  }
  const usage = `usage: orchestrator ${name} ${command.takes}`;
  let words: Words | null = null;
  try {
    words = readWords(rest, command.options ?? {}, command.words);
    if (words.is('help')) {
      say(`${usage}\n  ${command.does}`);
      return EXIT.ok;
    }
    return await command.run(clientOf(words), words);
  } catch (error) {
    if (error instanceof UsageError) tell(usage);
    const [file = null] = name === 'submit' ? (words?.positionals ?? []) : [];
    return failed(error, file === STANDARD ? '(standard input)' : file);
  }
}

function clientOf(words: Words): Orchestrator {
  const url = words.text('url') ?? setting('ORCHESTRATOR_URL') ?? DEFAULT_URL;
  if (!URL.canParse(url) || !/^https?:/.test(url)) throw new UsageError(`${url} is no http or https URL`);
  const token = setting('ORCHESTRATOR_TOKEN');
  const silenceSec = words.number('silence');
  return new Orchestrator({
    url,
    ...(token === undefined ? {} : { token }),
    ...(silenceSec === undefined ? {} : { silenceMs: silenceSec * 1_000 }),
  });
}

/** What is set to nothing is not set. */
function setting(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}

function failed(error: unknown, source: string | null): number {
  if (!(error instanceof Error)) throw error;
  // A download that is broken may be whole the next time.
  const code = error instanceof DamagedError ? EXIT.unreachable : exitCodeOf(error);
  for (const line of failure(error, source)) tell(line);
  return code;
}

function version(): string {
  const text = readFileSync(join(__dirname, '../../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

// Who reads our output may have had enough of it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.usage);
});

run(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    tell(error instanceof Error ? (error.stack ?? error.message) : String(error));
    // Not a code that means something else.
    process.exitCode = 70;
  },
);
