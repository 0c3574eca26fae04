/** `spec.resources`: what a task needs of one worker, in cores, bytes and GPUs. */
import { isObject, type JsonObject, type JsonPath, type JsonValue } from '../json';
import type { Resources } from '../model';
import { isMissing, MISSING, type Report, show } from './checks';
import { MAX_REPLICAS } from './limits';
import { parseBytes, parseCpuCores, parseInteger } from './units';

const RESOURCES: JsonPath = ['spec', 'resources'];
const HARDWARE: JsonPath = [...RESOURCES, 'hardware'];
const GPU: JsonPath = [...HARDWARE, 'gpu'];

const CPU_ADVICE = 'a number of cores such as 8, "8" or "500m"';
const MEMORY_ADVICE = 'an amount such as "16GiB", "512M" or a number of bytes';

/** The needs and the least number of shards; null if anything is missing or wrong, after reporting every mistake. */
export function checkResources(
  value: JsonValue | undefined,
  report: Report,
): { resources: Resources; replicas: number } | null {
  const all = asMap(value, RESOURCES, report);
  if (!all) return null;
  const replicas = checkReplicas(all.replicas, report);
  const hardware = asMap(all.hardware, HARDWARE, report);
  if (!hardware) return null;
  const cpuCores = quantity(hardware.cpu, [...HARDWARE, 'cpu'], parseCpuCores, CPU_ADVICE, report);
  const memoryBytes = quantity(hardware.memory, [...HARDWARE, 'memory'], parseBytes, MEMORY_ADVICE, report);
  const gpu = checkGpu(hardware.gpu, report);
  if (replicas === null || cpuCores === null || memoryBytes === null || gpu === 'wrong') return null;
  return { resources: { cpuCores, memoryBytes, gpu }, replicas };
}

/** A map; one that is not there is taken as empty, so that the fields it owes are named one by one. */
function asMap(value: JsonValue | undefined, path: JsonPath, report: Report): JsonObject | null {
  if (isMissing(value)) return {};
  if (isObject(value)) return value;
  report(path, 'wrong_type', `${String(path.at(-1))} is a map, not ${show(value)}`);
  return null;
}

function checkReplicas(value: JsonValue | undefined, report: Report): number | null {
  const path = [...RESOURCES, 'replicas'];
  if (isMissing(value)) {
    report(path, MISSING, 'replicas is required');
    return null;
  }
  const replicas = parseInteger(value);
  if (replicas !== null && replicas >= 1 && replicas <= MAX_REPLICAS) return replicas;
  const range = `a whole number from 1 to ${String(MAX_REPLICAS)}`;
  report(path, 'out_of_range', `replicas is ${range}, not ${show(value)}`);
  return null;
}

function quantity(
  value: JsonValue | undefined,
  path: JsonPath,
  parse: (value: string | number) => number | null,
  advice: string,
  report: Report,
): number | null {
  const key = String(path.at(-1));
  if (isMissing(value)) {
    report(path, MISSING, `${key} is required: ${advice}`);
    return null;
  }
  const amount = typeof value === 'string' || typeof value === 'number' ? parse(value) : null;
  if (amount === null) report(path, 'bad_quantity', `${key} is ${advice}, not ${show(value)}`);
  return amount;
}

/** What Python holds for empty asks for no GPU, as documents in use have it. */
function isEmpty(value: JsonValue | undefined): boolean {
  if (isMissing(value) || value === false || value === '' || value === 0) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function checkGpu(value: JsonValue | undefined, report: Report): Resources['gpu'] | 'wrong' {
  if (isEmpty(value)) return null;
  if (!isObject(value)) {
    report(GPU, 'wrong_type', `gpu is a map with count and type, not ${show(value)}`);
    return 'wrong';
  }
  const count = isMissing(value.count) ? null : parseInteger(value.count);
  if (count === 0) return null;
  const path = [...GPU, 'count'];
  if (isMissing(value.count))
    report(path, MISSING, 'count is required where gpu is not empty (0 asks for none)');
  else if (count === null || count < 0) {
    report(path, 'out_of_range', `count is a whole number of GPUs, not ${show(value.count)}`);
  }
  const type = checkGpuType(value.type, report);
  const memory = isMissing(value.memory)
    ? null
    : (quantity(value.memory, [...GPU, 'memory'], parseBytes, MEMORY_ADVICE, report) ?? 'wrong');
  if (count === null || count < 0 || type === null || memory === 'wrong') return 'wrong';
  return { count, type, memoryBytes: memory };
}

function checkGpuType(value: JsonValue | undefined, report: Report): string | null {
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  const advice = 'any, or a piece of the name such as a100';
  if (isMissing(value))
    report([...GPU, 'type'], MISSING, `type is required where gpu is not empty: ${advice}`);
  else report([...GPU, 'type'], 'wrong_type', `type is ${advice}, not ${show(value)}`);
  return null;
}
