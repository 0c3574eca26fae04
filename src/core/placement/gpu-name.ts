/** Reads the names of GPUs, as drivers report them and as documents ask for them, and compares the two. */

/** A GPU's name in parts. Vendor, brand and size may be left out on either side. */
interface GpuName {
  vendors: readonly string[];
  brands: readonly string[];
  /** Sizes that the name states, in GiB: `80` of "A100-SXM4-80GB". */
  sizesGiB: readonly number[];
  /** The words that are none of these: `a100`, `sxm4`. */
  words: readonly string[];
  /** Every run of neighbouring words written together: `rtx`, `4090`, `rtx4090`. */
  runs: ReadonlySet<string>;
}

const VENDORS: ReadonlySet<string> = new Set(['nvidia', 'amd', 'intel']);
const VENDOR_OF_BRAND: ReadonlyMap<string, string> = new Map([
  ['geforce', 'nvidia'],
  ['tesla', 'nvidia'],
  ['quadro', 'nvidia'],
  ['radeon', 'amd'],
  ['instinct', 'amd'],
]);
const SIZE = /(?<=^|-)(?:(\d{1,4})-?gi?b|(\d{1,4})g)(?=-|$)/g;
/** No real name has more; a hostile one must not cost more. */
const MAX_WORDS = 16;
const MAX_CHARS = 256;
/** How far the reported memory may be from the size that is asked for by name: cards keep some for themselves. */
const SIZE_TOLERANCE = 0.15;

const GIB = 2 ** 30;
/** Every signature is held against every kind of worker: names are read once. Two generations, the older one is dropped. */
const GENERATION = 8192;
let names = new Map<string, GpuName>();
let olderNames = new Map<string, GpuName>();

function readName(text: string): GpuName {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = olderNames.get(text) ?? takeApart(text);
  if (names.size >= GENERATION) {
    olderNames = names;
    names = new Map();
  }
  names.set(text, name);
  return name;
}

function takeApart(text: string): GpuName {
  const sizesGiB: number[] = [];
  const all = canonicalGpuType(text)
    .replace(SIZE, (_match, spelled: string | undefined, short: string | undefined) => {
      sizesGiB.push(Number(spelled ?? short));
      return '';
    })
    .split('-')
    .filter((word) => word !== '')
    .slice(0, MAX_WORDS);
  const brands = all.filter((word) => VENDOR_OF_BRAND.has(word));
  const vendors = all.filter((word) => VENDORS.has(word));
  return {
    vendors: vendors.length > 0 ? vendors : brands.map((brand) => VENDOR_OF_BRAND.get(brand) ?? brand),
    brands,
    sizesGiB,
    words: all.filter((word) => !VENDORS.has(word) && !VENDOR_OF_BRAND.has(word)),
    runs: runsOf(all),
  };
}

function runsOf(words: readonly string[]): Set<string> {
  const runs = new Set<string>();
  for (let start = 0; start < words.length; start++) {
    for (let end = start + 1; end <= words.length; end++) runs.add(words.slice(start, end).join(''));
  }
  return runs;
}

/** Whether the words, or neighbours of them written together, are all found among the runs of a name. */
function covered(words: readonly string[], runs: ReadonlySet<string>): boolean {
  const [only] = words;
  if (words.length === 1 && only !== undefined) return runs.has(only);
  const reachable = [true];
  for (let end = 1; end <= words.length; end++) {
    reachable[end] = false;
    for (let start = 0; start < end && !reachable[end]; start++) {
      reachable[end] = reachable[start] === true && runs.has(words.slice(start, end).join(''));
    }
  }
  return reachable[words.length] === true;
}

const disagree = (wanted: readonly string[], stated: readonly string[]): boolean =>
  wanted.length > 0 && stated.length > 0 && !wanted.some((word) => stated.includes(word));

function sizeAgrees(wanted: GpuName, stated: GpuName, memoryBytes: number | null): boolean {
  const [size] = wanted.sizesGiB;
  if (size === undefined) return true;
  if (stated.sizesGiB.length > 0) return stated.sizesGiB.includes(size);
  if (memoryBytes !== null) return Math.abs(memoryBytes / (size * GIB) - 1) <= SIZE_TOLERANCE;
  return wanted.words.length > 0; // the size alone says too little when the GPU states none
}

/** Whether any GPU will do. */
export function isAnyGpu(type: string): boolean {
  return type.trim().toLowerCase() === 'any';
}

/**
 * Whether a GPU is of the type that a document asks for: `any`, or a piece of its name, compared word by word.
 * @param type as in the document: `a100`, `nvidia-a100-80gb`, `rtx4090`
 * @param gpu name as the driver reports it; memory in bytes, null when the worker gave no figure
 */
export function gpuTypeMatches(type: string, gpu: { name: string; memoryBytes: number | null }): boolean {
  if (isAnyGpu(type)) return true;
  const wanted = readName(type);
  const stated = readName(gpu.name);
  if (disagree(wanted.vendors, stated.vendors) || disagree(wanted.brands, stated.brands)) return false;
  if (!sizeAgrees(wanted, stated, gpu.memoryBytes)) return false;
  if (wanted.words.length > 0) return covered(wanted.words, stated.runs);
  if (wanted.brands.length > 0) return stated.brands.length > 0;
  // Drivers that leave the vendor out of the name are old ones of NVIDIA.
  if (wanted.vendors.length > 0) return stated.vendors.length > 0 || wanted.vendors.includes('nvidia');
  return wanted.sizesGiB.length > 0;
}

/** The memory of one GPU in bytes: its figure, or the size that its name states if that is more; null for neither. */
export function gpuMemoryBytes(gpu: { name: string; memoryBytes: number | null }): number | null {
  const [size] = readName(gpu.name).sizesGiB;
  if (size === undefined) return gpu.memoryBytes;
  return Math.max(size * GIB, gpu.memoryBytes ?? 0);
}

/** One spelling for all types that mean the same words in the same order: `NVIDIA A100_80GB` -> `nvidia-a100-80gb`. */
export function canonicalGpuType(type: string): string {
  return type
    .slice(0, MAX_CHARS)
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .join('-');
}
