/** Figures that workers report about their machines: what they mean, which are holes, and which are absurd. */
import { parseBytes } from '../spec/units';
import { isObject, type JsonObject, type JsonValue } from '../json';

/** `hole`: not reported. `absurd`: reported, but no machine is like that. */
export type Figure = { kind: 'value'; value: number } | { kind: 'hole' } | { kind: 'absurd' };

const HOLE: Figure = { kind: 'hole' };
const ABSURD: Figure = { kind: 'absurd' };
/** A million cores and an exbibyte: whoever reports more is not telling the truth. */
const MAX_CORES = 1_000_000;
const MAX_BYTES = 2 ** 50 * 1024;
/** What tools print when they cannot tell: `N/A`, `[Not Supported]`, `unknown`. */
const CANNOT_TELL = /^[\s[(]*(n\/?a|none|null|unknown|not (supported|available|found))?[\s\])]*$/i;

export function coresFigure(value: JsonValue | undefined): Figure {
  const cores = typeof value === 'string' && !CANNOT_TELL.test(value) ? Number(value) : value;
  if (isHole(cores)) return HOLE;
  if (typeof cores !== 'number' || !(cores >= 0 && cores <= MAX_CORES)) return ABSURD;
  return { kind: 'value', value: Math.floor(cores) };
}

/** Bytes, as a number or as text with a unit. */
export function bytesFigure(value: JsonValue | undefined): Figure {
  if (isHole(value)) return HOLE;
  if (typeof value !== 'number' && typeof value !== 'string') return ABSURD;
  const bytes = parseBytes(value);
  return bytes === null || bytes > MAX_BYTES ? ABSURD : { kind: 'value', value: bytes };
}

/** A GPU's memory under any of the names that workers use for it. */
export function gpuMemoryFigure(gpu: JsonObject): Figure {
  const memory = gpu.memory;
  const nested: JsonObject = isObject(memory) ? memory : {};
  const inBytes = [
    gpu.memory_total_bytes,
    nested.total_bytes,
    gpu['memory.total_bytes'],
    gpu.memory_bytes,
    gpu.vram_bytes,
  ].find((value) => !isHole(value));
  const figure =
    inBytes === undefined
      ? looseFigure(
          [nested.total, gpu['memory.total'], gpu.vram, memory].find((v) => !isHole(v) && !isObject(v)),
        )
      : bytesFigure(inBytes);
  return figure.kind === 'value' && figure.value === 0 ? HOLE : figure;
}

/**
 * Names that do not say their unit. No GPU has a thousand bytes or a million: so small a bare number is what people
 * write (`80`, GiB) or what nvidia-smi prints (`81559`, MiB).
 */
function looseFigure(value: JsonValue | undefined): Figure {
  const bare = typeof value === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  if (typeof bare !== 'number' || bare <= 0) return bytesFigure(value);
  if (bare < 1024) return bytesFigure(bare * 2 ** 30);
  return bytesFigure(bare < 2 ** 24 ? bare * 2 ** 20 : bare);
}

function isHole(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || (typeof value === 'string' && CANNOT_TELL.test(value));
}
