/** Quantities as documents and workers write them: memory with a unit, cores, whole numbers. */

/** No quantity needs more characters; longer text is refused before any pattern runs over it. */
const MAX_QUANTITY_LENGTH = 64;

const BYTES_PATTERN = /^(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?\s*(?:([kmgtpe])(?:i?b?|i?bytes?)|b|bytes?)?$/i;
const CPU_PATTERN = /^(\d+(?:\.\d*)?|\.\d+)(m?)$/;
const COUNT_PATTERN = /^[+-]?\d+$/;

const POWER_OF_1024: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4, p: 5, e: 6 };

/**
 * Bytes of `"16GiB"`, `"16Gi"`, `"16 gb"`, `"512M"`, `"81920 MiB"`, `"1024"` or a plain number of bytes.
 * Unit letters are binary whatever their spelling, and case does not matter. A fraction of a byte rounds up.
 * null: not a quantity, negative, not finite, or too large to count exactly.
 */
export function parseBytes(value: string | number): number | null {
  if (typeof value === 'number') return wholeOrNull(value);
  const text = value.trim();
  if (text.length > MAX_QUANTITY_LENGTH) return null;
  const match = BYTES_PATTERN.exec(text);
  if (!match) return null;
  const unit = match[3]?.toLowerCase() ?? '';
  return wholeOrNull(Number((match[1] ?? '') + (match[2] ?? '')) * 1024 ** (POWER_OF_1024[unit] ?? 0));
}

/**
 * Whole logical cores of `"8"`, `8`, `0.5` or Kubernetes' `"500m"` (thousandths); a part of a core rounds up.
 * null: not a quantity, negative or not finite.
 */
export function parseCpuCores(value: string | number): number | null {
  if (typeof value === 'number') return wholeOrNull(value);
  const text = value.trim();
  if (text.length > MAX_QUANTITY_LENGTH) return null;
  const match = CPU_PATTERN.exec(text);
  if (!match) return null;
  const amount = Number(match[1]);
  return wholeOrNull(match[2] === 'm' ? amount / 1000 : amount);
}

/** A whole number given as a number or as its decimal digits (`8`, `"8"`); null for anything else. */
export function parseInteger(value: unknown): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null;
  if (typeof value !== 'string' || value.length > MAX_QUANTITY_LENGTH) return null;
  const text = value.trim();
  if (!COUNT_PATTERN.test(text)) return null;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : null;
}

function wholeOrNull(amount: number): number | null {
  const whole = Math.ceil(amount);
  return amount >= 0 && Number.isSafeInteger(whole) ? whole : null;
}
