/** What a document says that its task will make: `spec.output.artifacts`, names and patterns. */
import { isObject, type JsonValue } from '../json';
import type { TaskDocument } from '../model';

export interface Declared {
  /** A file, a directory, or a pattern with `*`, `?` and `**`; as written, without a `./` before it. */
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
