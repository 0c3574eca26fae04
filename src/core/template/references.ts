/** What a task document says about other tasks: placeholders in its strings and columns of a `graph_template`. */
import { isObject, type JsonObject, type JsonPath, type JsonValue } from '../json';
import { matchName, parsePath } from './path';
import { scanTemplate } from './scan';

export interface Reference {
  /**
   * - `placeholder`: `${NAME.path}` in a string.
   * - `malformed`: a `${` that nothing closes.
   * - `node`: a column that names its node outright.
   * - `expr`: a column's expression, normally `NAME.path`.
   */
  kind: 'placeholder' | 'malformed' | 'node' | 'expr';
  /** Where in the document the string stands. */
  at: JsonPath;
  /** As written. */
  raw: string;
  /** Name and path without the braces. */
  body: string;
}

/**
 * Collects references, remembering for each map and list what was found in it: the documents of one submission share
 * most of their parts, which are so read once. Documents must not be changed between calls.
 */
export class ReferenceCollector {
  private readonly memo = new WeakMap<object, readonly Reference[]>();
  private readonly texts = new Map<string, readonly Reference[]>();

  of(document: JsonObject): readonly Reference[] {
    return [...this.placeholdersIn(document), ...columnReferences(document)];
  }

  private placeholdersIn(value: JsonValue): readonly Reference[] {
    if (typeof value === 'string') return this.placeholdersOf(value);
    if (typeof value !== 'object' || value === null) return NONE;
    const known = this.memo.get(value);
    if (known) return known;
    const found: Reference[] = [];
    const entries = Array.isArray(value) ? value.entries() : Object.entries(value);
    for (const [key, child] of entries) {
      for (const reference of this.placeholdersIn(child)) {
        found.push({ ...reference, at: [key, ...reference.at] });
      }
    }
    const references = found.length > 0 ? found : NONE;
    this.memo.set(value, references);
    return references;
  }

  private placeholdersOf(text: string): readonly Reference[] {
    if (!text.includes('${')) return NONE;
    const known = this.texts.get(text);
    if (known) return known;
    const references = scanTemplate(text).flatMap((segment): Reference[] => {
      if (segment.kind === 'text') return [];
      const body = segment.kind === 'placeholder' ? segment.body : '';
      return [{ kind: segment.kind, at: [], raw: segment.raw, body }];
    });
    this.texts.set(text, references);
    return references;
  }
}

const NONE: readonly Reference[] = [];

/** Columns of `spec.data` when its type is `graph_template`: a list or map, under `columns` or `template.columns`. */
function columnReferences(document: JsonObject): Reference[] {
  const data = isObject(document.spec) ? document.spec.data : undefined;
  if (!isObject(data) || data.type !== 'graph_template') return [];
  const template = data.template;
  return [
    ...columnsIn(data.columns, ['spec', 'data', 'columns']),
    ...(isObject(template) ? columnsIn(template.columns, ['spec', 'data', 'template', 'columns']) : []),
  ];
}

function columnsIn(columns: JsonValue | undefined, path: JsonPath): Reference[] {
  if (typeof columns !== 'object' || columns === null) return [];
  const entries: [string | number, JsonValue][] = Array.isArray(columns)
    ? [...columns.entries()]
    : Object.entries(columns);
  return entries.flatMap(([key, column]): Reference[] => {
    if (!isObject(column)) return [];
    const { expr, node, path: nodePath } = column;
    // Executors read `expr` first and look at `node` only without one.
    if (typeof expr === 'string' && expr.trim() !== '') {
      return [{ kind: 'expr', at: [...path, key, 'expr'], raw: expr, body: expr.trim() }];
    }
    if (typeof node !== 'string' || node === '') return [];
    const rest = typeof nodePath === 'string' ? nodePath.trim() : '';
    const body =
      rest === '' || rest.startsWith('[') || rest.startsWith('.') ? node + rest : `${node}.${rest}`;
    return [{ kind: 'node', at: [...path, key, 'node'], raw: node, body }];
  });
}

/** A plain `NAME.path`, as opposed to an expression of an executor's own making. */
const PLAIN_EXPRESSION = /^[\w-]+(?:[.[]\S*)?$/;
const WORD = /[\w-]+/g;

export interface NamedPath {
  name: string;
  /** null: not one path that can be told; the whole envelope counts. */
  path: JsonPath | null;
}

/**
 * The known names that a reference names, with their paths; normally one. None for a name that is not known:
 * `isPlain` then tells whether that is a mistake or an expression that need not name anything.
 */
export function namedBy(
  reference: Reference,
  isKnown: (name: string) => boolean,
): { names: NamedPath[]; isPlain: boolean } {
  if (reference.kind === 'malformed') return { names: [], isPlain: false };
  if (reference.kind === 'node') {
    const path = parsePath(reference.body.slice(reference.raw.length));
    return { names: isKnown(reference.raw) ? [{ name: reference.raw, path }] : [], isPlain: true };
  }
  const match = matchName(reference.body, isKnown);
  const isPlain = reference.kind === 'placeholder' || PLAIN_EXPRESSION.test(reference.body);
  if (match && (reference.kind === 'placeholder' || isPlain)) {
    return { names: [{ name: match.name, path: parsePath(match.rest) }], isPlain: true };
  }
  if (isPlain) return { names: [], isPlain: true };
  const words = new Set(reference.body.match(WORD)?.filter(isKnown));
  return { names: [...words].map((name) => ({ name, path: null })), isPlain: false };
}
