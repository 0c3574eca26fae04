/** What a document says that its task will make: `spec.output.artifacts`, names and patterns. */
import { isObject, type JsonValue } from '../json';
import type { TaskDocument } from '../model';

export interface Declared {
  /** A file name, or a pattern with `*` and `?`; as written, without a `./` before it. */
  name: string;
  /** Its absence is worth a mention. It fails nothing. */
  required: boolean;
}

/** More than that of one document are not looked at. */
const MAX_DECLARED = 1_000;

/**
 * Strings, and maps with `name` (or `path`, or `pattern`) and `required`, which is true unless it says false. Whatever
 * has another form belongs to the executor.
 */
export function declaredArtifacts(document: TaskDocument): Declared[] {
  const { output } = document.spec;
  const list = isObject(output) ? output.artifacts : undefined;
  if (!Array.isArray(list)) return [];
  return list.slice(0, MAX_DECLARED).flatMap(readEntry);
}

function readEntry(entry: JsonValue): Declared[] {
  const { name, required } = isObject(entry)
    ? { name: entry.name ?? entry.path ?? entry.pattern, required: entry.required !== false }
    : { name: entry, required: true };
  if (typeof name !== 'string') return [];
  const plain = name.trim().replace(/^(?:\.\/)+/, '');
  return plain === '' ? [] : [{ name: plain, required }];
}

/** Those of the names that a declared name or pattern means. `*` is any text, `?` any one character. */
export function matching(declared: string, names: readonly string[]): string[] {
  if (!/[*?]/.test(declared)) return names.filter((name) => name === declared);
  const pattern = Array.from(declared);
  return names.filter((name) => matches(pattern, Array.from(name)));
}

/** Goes back to the last star alone, since what an earlier one takes the last one can take too: no pattern is slow. */
function matches(pattern: readonly string[], text: readonly string[]): boolean {
  let [at, star, taken] = [0, -1, 0];
  for (let i = 0; i < text.length;) {
    if (pattern[at] === '*') {
      star = at;
      taken = i;
      at += 1;
    } else if (pattern[at] === '?' || pattern[at] === text[i]) {
      at += 1;
      i += 1;
    } else if (star >= 0) {
      at = star + 1;
      taken += 1;
      i = taken;
    } else return false;
  }
  return pattern.slice(at).every((char) => char === '*');
}
