/** A worker's Redis hash as a report: whatever is in it, the worker is listed; what cannot be trusted never fits. */
import type { TaskId, WorkerId } from '../ids';
import { isObject, type JsonObject, type JsonValue } from '../json';
import type { Gpu, Hardware } from '../model';
import { bytesFigure, coresFigure, type Figure, gpuMemoryFigure } from './figures';
import { objectOf, parseJson, taskIdOf, textOf } from './read';

/** What a worker says of itself. Everything but the id can be missing. */
export interface WorkerReport {
  id: WorkerId;
  /** `STARTING`, `IDLE`, `RUNNING`, or whatever else the worker wrote. */
  status: string | null;
  startedAt: string | null;
  pid: number | null;
  env: JsonObject;
  /** As placement uses it. */
  hardware: Hardware;
  /** As the worker reported it, for the API; null when it is unreadable or too large. */
  hardwareRaw: JsonObject | null;
  tags: JsonValue;
  lastSeen: string | null;
  extraTaskId: TaskId | null;
  extraLastTask: TaskId | null;
  costPerHour: number | null;
  /** What was dropped and why, for the log. */
  notes: readonly string[];
}

/** Longer fields are dropped unread; 1,000 workers are kept in memory and listed in one answer. */
const MAX_FIELD_CHARS = { env_json: 65_536, hardware_json: 262_144, tags_json: 65_536 } as const;
/** No machine has more; each one costs time in every placement. */
const MAX_GPUS = 64;
const MAX_NAME_CHARS = 256;

/** No core, no memory, no GPU. */
const FITS_NOTHING: Omit<Hardware, 'ip'> = { cpuCores: null, memoryBytes: 0, gpus: [] };

/** Never throws. @param hash the fields as Redis returns them, empty when there is no such key */
export function decodeWorkerHash(id: WorkerId, hash: Readonly<Record<string, string>>): WorkerReport {
  const notes: string[] = [];
  const hardware = field(hash, 'hardware_json', notes);
  return {
    id,
    status: text(hash.status),
    startedAt: text(hash.started_at),
    pid: wholeNumber(hash.pid),
    env: objectOf(field(hash, 'env_json', notes)),
    hardware: decodeHardware(hardware, notes),
    hardwareRaw: isObject(hardware) ? hardware : null,
    tags: field(hash, 'tags_json', notes) ?? null,
    lastSeen: text(hash.last_seen),
    extraTaskId: taskIdOf(text(hash.extra_task_id)),
    extraLastTask: taskIdOf(text(hash.extra_last_task)),
    costPerHour: amount(hash.cost_per_hour),
    notes,
  };
}

/** The value of a JSON field; undefined when it is missing, too large or no JSON. */
function field(
  hash: Readonly<Record<string, string>>,
  name: keyof typeof MAX_FIELD_CHARS,
  notes: string[],
): JsonValue | undefined {
  const raw = hash[name];
  if (raw === undefined || raw === '') return undefined;
  if (raw.length > MAX_FIELD_CHARS[name]) {
    notes.push(`${name} dropped: ${String(raw.length)} characters`);
    return undefined;
  }
  const parsed = parseJson(raw);
  if (parsed.ok) return parsed.value;
  notes.push(`${name} dropped: ${parsed.error}`);
  return undefined;
}

/**
 * A hole stays a hole (and fits less). A report that is unreadable or absurd in one place is trusted in none, so that
 * the worker fits nothing.
 */
function decodeHardware(raw: JsonValue | undefined, notes: string[]): Hardware {
  if (raw !== null && raw !== undefined && !isObject(raw)) notes.push('hardware_json is no object');
  const report = objectOf(raw);
  const ip = textOf(objectOf(report.network).ip);
  const absurd: string[] = [];
  const known = (place: string, figure: Figure): number | null => {
    if (figure.kind === 'absurd') absurd.push(place);
    return figure.kind === 'value' ? figure.value : null;
  };
  const hardware: Hardware = {
    cpuCores: known('cpu.logical_cores', coresFigure(objectOf(report.cpu).logical_cores)),
    memoryBytes: known('memory.total_bytes', bytesFigure(objectOf(report.memory).total_bytes)),
    gpus: gpuList(report).map((gpu, index): Gpu => {
      const memoryBytes = known(`gpu.gpus[${String(index)}] memory`, gpuMemoryFigure(gpu));
      return { name: textOf(gpu.name)?.slice(0, MAX_NAME_CHARS) ?? 'unnamed', memoryBytes };
    }),
    ip,
  };
  if (absurd.length > 0) notes.push(`hardware not trusted: ${absurd.slice(0, 3).join(', ')}`);
  return absurd.length > 0 || Object.keys(report).length === 0 ? { ...FITS_NOTHING, ip } : hardware;
}

/** Entries that are no objects are no GPUs. */
function gpuList(report: JsonObject): JsonObject[] {
  const { gpus } = objectOf(report.gpu);
  return Array.isArray(gpus) ? gpus.slice(0, MAX_GPUS).filter(isObject) : [];
}

/** What Python writes for nothing is nothing. */
const text = (value: string | undefined): string | null => (value === 'None' ? null : textOf(value));

function wholeNumber(value: string | undefined): number | null {
  const number = amount(value);
  return Number.isSafeInteger(number) ? number : null;
}

function amount(value: string | undefined): number | null {
  const number = value === undefined || value.trim() === '' ? NaN : Number(value);
  return Number.isFinite(number) && number >= 0 ? number : null;
}
