/** What people read: data on standard output, progress and failures on standard error. */
import type { TaskRecord } from '../client';
import { type Issue, ProblemError } from '../problem';

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

export const sayJson = (value: unknown): void => {
  say(JSON.stringify(value, null, 2));
};

/** Columns as wide as their widest cell, under their names. */
export function table(names: readonly string[], rows: readonly (readonly (string | null)[])[]): string {
  const all = [names, ...rows.map((row) => row.map((cell) => cell ?? '-'))];
  const widths = names.map((_, index) => Math.max(...all.map((row) => row[index]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function taskTable(tasks: readonly TaskRecord[]): string {
  return table(
    ['TASK', 'NAME', 'STATUS', 'WORKER', 'RETRIES'],
    tasks.map((task) => [
      task.task_id,
      task.name,
      task.status,
      task.assigned_worker,
      `${String(task.retries)}/${String(task.max_retries)}`,
    ]),
  );
}

/** What the task says of itself: its error, and why it is where it is. */
export function explained({ name, error, reason }: TaskRecord): string[] {
  return [
    ...(error === null ? [] : [`${name}: error: ${error}`]),
    ...(reason === null ? [] : [`${name}: reason: ${reason}`]),
  ];
}

/** One line of progress. */
export function progress({ name, status, assigned_worker, reason }: TaskRecord): string {
  const where = assigned_worker === null ? '' : ` on ${assigned_worker}`;
  return `${name}: ${status}${where}${reason === null ? '' : ` (${reason})`}`;
}

/** `source`: the file that the mistakes are in, for their places. */
export function failure(error: Error, source: string | null): string[] {
  if (!(error instanceof ProblemError)) return [error.message];
  const request = error.requestId === null ? [] : [`request ${error.requestId}`];
  // With a single mistake the detail says the same as that.
  const [only, ...more] = error.issues;
  const head =
    only !== undefined && more.length === 0 && error.detail === only.message ? error.title : error.message;
  return [head, ...error.issues.map((issue) => placed(issue, source)), ...request];
}

/** `pipeline.yaml:14:21 spec.stages[1].dependsOn[0]: …`, as compilers write it. */
function placed({ path, line, column, message }: Issue, source: string | null): string {
  const at = line === undefined ? null : [line, ...(column === undefined ? [] : [column])].join(':');
  const file = [source, at].filter((part) => part !== null).join(':');
  const place = [file, path].filter((part) => part !== '').join(' ');
  return place === '' ? `  ${message}` : `  ${place}: ${message}`;
}
