/** The commands: what each takes, and what it does. Each gives its exit code. */
import { basename } from 'node:path';
import type { ParseArgsConfig } from 'node:util';
import { type Orchestrator, type TaskRecord, type TaskStatus } from '../client';
import { EXIT, UsageError } from './exit';
import { openUpload, placeBelow, readDocument, save, STANDARD } from './files';
import type { Words } from './options';
import { explained, progress, say, sayJson, table, taskTable, tell } from './output';

export interface Command {
  /** What follows its name. */
  takes: string;
  does: string;
  options?: NonNullable<ParseArgsConfig['options']>;
  /** The fewest and the most words. */
  words: readonly [number, number];
  run(client: Orchestrator, words: Words): Promise<number>;
}

const STATUSES = ['PENDING', 'WAITING', 'DISPATCHED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED'] as const;
const DEFAULT_LIMIT = 50;

export const COMMANDS: Readonly<Record<string, Command>> = {
  submit: {
    takes: 'FILE|- [--wait] [--timeout SEC] [--idempotency-key KEY]',
    does: 'register the tasks of a document; with --wait, wait until all have ended',
    options: {
      wait: { type: 'boolean' },
      timeout: { type: 'string' },
      'idempotency-key': { type: 'string' },
    },
    words: [1, 1],
    async run(client, words) {
      if (words.is('wait')) words.number('timeout');
      else if (words.text('timeout') !== undefined) throw new UsageError('--timeout goes with --wait');
      const key = words.text('idempotency-key');
      const document = await readDocument(first(words));
      const submission = await client.submit(document, key === undefined ? {} : { idempotencyKey: key });
      const ids = submission.tasks.map((task) => task.task_id);
      if (!words.is('wait')) {
        if (words.is('json')) sayJson(submission);
        else
          say(
            table(
              ['TASK', 'NAME', 'STATUS'],
              submission.tasks.map((t) => [t.task_id, t.name, t.status]),
            ),
          );
        return EXIT.ok;
      }
      for (const task of submission.tasks) tell(`${task.name}: task ${task.task_id}`);
      return await waitAndShow(client, ids, words);
    },
  },
  status: {
    takes: 'TASK…',
    does: 'how tasks stand; 1 if one is FAILED or CANCELLED',
    words: [1, Infinity],
    async run(client, words) {
      const tasks = await Promise.all(words.positionals.map((id) => client.task(id)));
      return show(tasks, words);
    },
  },
  list: {
    takes: `[--status STATUS] [--name PART] [--limit N]`,
    does: `tasks, newest first; ${String(DEFAULT_LIMIT)} unless --limit says otherwise`,
    options: { status: { type: 'string' }, name: { type: 'string' }, limit: { type: 'string' } },
    words: [0, 0],
    async run(client, words) {
      const limit = words.number('limit') ?? DEFAULT_LIMIT;
      const status = statusOf(words.text('status'));
      const name = words.text('name');
      const tasks: TaskRecord[] = [];
      const wanted = { ...(status === undefined ? {} : { status }), ...(name === undefined ? {} : { name }) };
      for await (const task of client.tasks({ ...wanted, limit })) tasks.push(task);
      if (words.is('json')) sayJson(tasks);
      else say(taskTable(tasks));
      return EXIT.ok;
    },
  },
  wait: {
    takes: 'TASK… [--timeout SEC]',
    does: 'wait until tasks have ended; 1 unless all are DONE',
    options: { timeout: { type: 'string' } },
    words: [1, Infinity],
    run: (client, words) => waitAndShow(client, words.positionals, words),
  },
  result: {
    takes: 'TASK [--output FILE]',
    does: 'the result of a task, as JSON',
    options: { output: { type: 'string', short: 'o' } },
    words: [1, 1],
    async run(client, words) {
      await save(await client.resultStream(first(words)), words.text('output') ?? STANDARD);
      return EXIT.ok;
    },
  },
  files: {
    takes: 'TASK',
    does: 'the files of a task',
    words: [1, 1],
    async run(client, words) {
      const files = await client.files(first(words));
      if (words.is('json')) sayJson(files);
      else
        say(
          table(
            ['NAME', 'BYTES', 'SHA256'],
            files.map((f) => [f.name, String(f.size), f.sha256]),
          ),
        );
      return EXIT.ok;
    },
  },
  download: {
    takes: 'TASK [NAME|DIRECTORY/] [--output FILE|-] [--directory WHERE]',
    does: 'a file of a task, or all of it or of a directory; digests compared',
    options: { output: { type: 'string', short: 'o' }, directory: { type: 'string', short: 'd' } },
    words: [1, 2],
    async run(client, words) {
      const [id = '', name = ''] = words.positionals;
      const output = words.text('output');
      const directory = words.text('directory');
      const isOne = name !== '' && !name.endsWith('/');
      if (output !== undefined && (directory !== undefined || !isOne))
        throw new UsageError('--output goes with the name of one file, and without --directory');
      if (isOne) {
        const saved = await saveFile(client, id, name, { output, directory });
        if (words.is('json')) sayJson(saved);
        else if (saved.path !== STANDARD) say(saved.path);
        return EXIT.ok;
      }
      const files = (await client.files(id)).filter((file) => file.name.startsWith(name));
      if (name !== '' && files.length === 0) throw new UsageError(`task ${id} has no files in ${name}`);
      const saved: Saved[] = [];
      for (const file of files) {
        saved.push(await saveFile(client, id, file.name, { directory }));
        if (!words.is('json')) say(saved.at(-1)?.path ?? '');
      }
      if (words.is('json')) sayJson(saved);
      return EXIT.ok;
    },
  },
  upload: {
    takes: 'TASK FILE [--name NAME]',
    does: 'add a file to a task that has not ended, its digest compared',
    options: { name: { type: 'string' } },
    words: [2, 2],
    async run(client, words) {
      const [id = '', path = ''] = words.positionals;
      const { body, sha256 } = await openUpload(path);
      const file = await client.upload(id, words.text('name') ?? basename(path), body, { sha256 });
      if (words.is('json')) sayJson(file);
      else say(`${file.filename}  ${String(file.size)} bytes  ${file.sha256}`);
      return EXIT.ok;
    },
  },
  cancel: {
    takes: 'TASK…',
    does: 'cancel tasks, and everything that waits for them',
    words: [1, Infinity],
    async run(client, words) {
      const tasks: TaskRecord[] = [];
      for (const id of words.positionals) tasks.push(await client.cancel(id));
      if (words.is('json')) sayJson(tasks);
      else say(taskTable(tasks));
      return EXIT.ok;
    },
  },
  workers: {
    takes: '',
    does: 'the registered workers, and the task each holds',
    words: [0, 0],
    async run(client, words) {
      const workers = await client.workers();
      if (words.is('json')) sayJson(workers);
      else {
        const rows = workers.map((w) => [w.worker_id, w.stale ? 'STALE' : w.status, w.task_id, w.last_seen]);
        say(table(['WORKER', 'STATUS', 'TASK', 'LAST SEEN'], rows));
      }
      return EXIT.ok;
    },
  },
};

const first = ({ positionals }: Words): string => positionals[0] ?? '';

function statusOf(text: string | undefined): TaskStatus | undefined {
  if (text === undefined) return undefined;
  const status = STATUSES.find((known) => known === text.toUpperCase());
  if (status === undefined) throw new UsageError(`--status is one of ${STATUSES.join(', ')}`);
  return status;
}

async function waitAndShow(client: Orchestrator, ids: readonly string[], words: Words): Promise<number> {
  const timeoutSec = words.number('timeout');
  const tasks = await client.waitFor(ids, {
    ...(timeoutSec === undefined ? {} : { timeoutMs: timeoutSec * 1_000 }),
    onChange: (task) => {
      tell(progress(task));
    },
  });
  return show(tasks, words);
}

/** The tasks, what those that are not well say of themselves, and the code that says whether one failed. */
interface Saved {
  name: string;
  path: string;
  sha256: string | null;
}

/** Below `directory`, or here, at the path that is its name, unless `output` says where. */
async function saveFile(
  client: Orchestrator,
  id: string,
  name: string,
  { output, directory = '.' }: { output?: string | undefined; directory?: string | undefined },
): Promise<Saved> {
  // First: a name that leads elsewhere is not asked for either.
  const path = output ?? (await placeBelow(directory, name));
  const { body, sha256 } = await client.download(id, name);
  await save(body, path, sha256);
  return { name, path, sha256 };
}

function show(tasks: readonly TaskRecord[], words: Words): number {
  if (words.is('json')) sayJson(tasks);
  else say(taskTable(tasks));
  for (const task of tasks) {
    if (task.status !== 'DONE') explained(task).forEach(tell);
  }
  return tasks.some(({ status }) => status === 'FAILED' || status === 'CANCELLED') ? EXIT.failed : EXIT.ok;
}
