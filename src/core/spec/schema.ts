/** What a task's document must have and what it may say to the service; all else in `spec` is the executor's. */
import { isObject, isUnsafeKey, type JsonObject, type JsonPath, type JsonValue } from '../json';
import type { Resources, RetryPolicy } from '../model';
import { isMissing, MISSING, type Report, show } from './checks';
import { MAX_TTL_DAYS } from '../retention';
import { MAX_NAME_LENGTH, MAX_PRIORITY, MAX_RETRIES, MAX_RETRY_DELAY_SEC, MAX_SHARDS } from './limits';
import { checkResources } from './resources';
import { parseInteger } from './units';

/** What the service reads from a task's `spec`. */
export interface TaskFacts {
  taskType: string;
  resources: Resources;
  replicas: number;
  priority: number;
  retry: RetryPolicy;
}

/** Checks `apiVersion`, `kind` and `metadata.name`. */
export function checkHead(document: JsonObject, report: Report): void {
  for (const key of ['apiVersion', 'kind']) checkText(document[key], [key], report);
  const metadata = document.metadata;
  if (!isMissing(metadata) && !isObject(metadata)) {
    report(['metadata'], 'wrong_type', `metadata is a map with a name, not ${show(metadata)}`);
  } else {
    checkName(metadata?.name, ['metadata', 'name'], report);
  }
}

/** A name of a document, stage or node; null if it is missing (reported) or of no use. */
export function checkName(value: JsonValue | undefined, path: JsonPath, report: Report): string | null {
  const name = checkText(value, path, report);
  if (name === null) return null;
  if (name.length > MAX_NAME_LENGTH) {
    report(
      path,
      'too_long',
      `a name has at most ${String(MAX_NAME_LENGTH)} characters; this has ${String(name.length)}`,
    );
    return null;
  }
  // Results travel to executors under these names.
  const short = name.slice(name.indexOf(':') + 1);
  if (isUnsafeKey(name) || isUnsafeKey(short)) {
    report(path, 'unsafe_key', `the name ${show(name)} is not allowed`);
    return null;
  }
  return name;
}

function checkText(value: JsonValue | undefined, path: JsonPath, report: Report): string | null {
  if (isMissing(value)) {
    report(path, MISSING, `${String(path.at(-1))} is required`);
    return null;
  }
  if (typeof value === 'string' && value.trim() !== '') return value;
  report(path, 'wrong_type', `expected text that is not empty, not ${show(value)}`);
  return null;
}

/** Checks all of `spec` that concerns the service; null if anything is wrong, after reporting every mistake. */
export function checkTask(spec: JsonObject, defaults: RetryPolicy, report: Report): TaskFacts | null {
  const taskType = checkText(spec.taskType, ['spec', 'taskType'], report);
  const resources = checkResources(spec.resources, report);
  const retry = checkRetry(spec.retry, defaults, report);
  const timeoutIsFine = checkTimeout(spec.timeoutSec, report);
  const parallelIsFine = checkParallel(spec.parallel, taskType, report);
  const ttlIsFine = checkTtl(spec.output, report);
  if (taskType === null || !resources || !retry || !timeoutIsFine || !parallelIsFine || !ttlIsFine)
    return null;
  return { taskType, ...resources, priority: readPriority(spec.priority), retry };
}

/** One that is too high or too low counts as the highest or lowest; what is no number belongs to the executor. */
function readPriority(value: JsonValue | undefined): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 0;
  return Math.min(Math.max(value, -MAX_PRIORITY), MAX_PRIORITY);
}

/** 0 means no timeout; what is no number belongs to the executor. */
function checkTimeout(value: JsonValue | undefined, report: Report): boolean {
  if (typeof value !== 'number' || value >= 0) return true;
  const range = 'a number of seconds, 0 for no timeout';
  report(['spec', 'timeoutSec'], 'out_of_range', `timeoutSec is ${range}, not ${show(value)}`);
  return false;
}

/** What else `output` says is the executor's, or looked at when it is used. */
function checkTtl(output: JsonValue | undefined, report: Report): boolean {
  const days = isObject(output) ? output.ttlDays : undefined;
  if (isMissing(days)) return true;
  if (typeof days === 'number' && days >= 0 && days <= MAX_TTL_DAYS) return true;
  const range = `a number of days from 0 to ${String(MAX_TTL_DAYS)}, such as 7 or 0.5`;
  const code = typeof days === 'number' ? 'out_of_range' : 'wrong_type';
  report(['spec', 'output', 'ttlDays'], code, `ttlDays is ${range}, not ${show(days)}`);
  return false;
}

function checkRetry(value: JsonValue | undefined, defaults: RetryPolicy, report: Report): RetryPolicy | null {
  const path = ['spec', 'retry'];
  if (isMissing(value)) return defaults;
  if (!isObject(value)) {
    report(
      path,
      'wrong_type',
      `retry is a map of maxRetries, baseDelaySec and maxDelaySec, not ${show(value)}`,
    );
    return null;
  }
  let fine = true;
  const maxRetries = isMissing(value.maxRetries) ? defaults.maxRetries : parseInteger(value.maxRetries);
  if (maxRetries === null || maxRetries < 0 || maxRetries > MAX_RETRIES) {
    const range = `a whole number from 0 to ${String(MAX_RETRIES)}`;
    report([...path, 'maxRetries'], 'out_of_range', `maxRetries is ${range}, not ${show(value.maxRetries)}`);
    fine = false;
  }
  const delay = (key: 'baseDelaySec' | 'maxDelaySec'): number | null => {
    const given = value[key];
    if (isMissing(given)) return null;
    const seconds = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
    if (typeof seconds === 'number' && seconds >= 0 && seconds <= MAX_RETRY_DELAY_SEC) return seconds;
    const range = `a number of seconds from 0 to ${String(MAX_RETRY_DELAY_SEC)}`;
    report([...path, key], 'out_of_range', `${key} is ${range}, not ${show(given)}`);
    fine = false;
    return null;
  };
  const base = delay('baseDelaySec');
  const most = delay('maxDelaySec');
  if (base !== null && most !== null && base > most) {
    report(
      [...path, 'maxDelaySec'],
      'out_of_range',
      `maxDelaySec is not less than baseDelaySec (${String(base)})`,
    );
    fine = false;
  }
  if (!fine || maxRetries === null) return null;
  // One that is given alone moves the other's default out of its way.
  const baseDelaySec = base ?? Math.min(defaults.baseDelaySec, most ?? Infinity);
  return { maxRetries, baseDelaySec, maxDelaySec: most ?? Math.max(defaults.maxDelaySec, baseDelaySec) };
}

/** `parallel` of a task that is not inference is the executor's own, as is a shard count that nobody asks to use. */
function checkParallel(value: JsonValue | undefined, taskType: string | null, report: Report): boolean {
  const path = ['spec', 'parallel'];
  if (taskType !== 'inference' || isMissing(value)) return true;
  if (!isObject(value)) {
    report(path, 'wrong_type', `parallel is a map with enabled and max_shards, not ${show(value)}`);
    return false;
  }
  const { enabled, max_shards: maxShards } = value;
  if (!isMissing(enabled) && typeof enabled !== 'boolean') {
    report([...path, 'enabled'], 'wrong_type', `enabled is true or false, not ${show(enabled)}`);
    return false;
  }
  if (enabled !== true || isMissing(maxShards)) return true;
  const shards = parseInteger(maxShards);
  if (shards !== null && shards >= 1 && shards <= MAX_SHARDS) return true;
  const range = `a whole number from 1 to ${String(MAX_SHARDS)}`;
  report([...path, 'max_shards'], 'out_of_range', `max_shards is ${range}, not ${show(maxShards)}`);
  return false;
}
