/** Puts results of upstream tasks into a task's document when it is about to be dispatched. */
import { err, type Issue, ok, type Result } from '../errors';
import { formatPath, isObject, isUnsafeKey, type JsonPath, type JsonValue } from '../json';
import type { TaskDocument } from '../model';
import { type ArtifactFacts, artifactValue, isArtifactPath, readArtifactPath } from './artifact-path';
import type { Part } from './partial';
import { describeReached, matchName, parsePath, walkPath } from './path';
import { isEnvironmentName, scanTemplate, type Segment } from './scan';

interface ResolveOptions {
  /** Without dependencies a document stays as it stands, `$${` included. */
  hasDependencies: boolean;
  /** Applied to every string that comes out of a result, also inside lists and maps; see `FileUrls.sign`. */
  signUrl(text: string): string;
}

/** What a template can name of one dependency. */
export interface Upstream {
  /** Or the parts of it that the document names; null: it has no result. */
  envelope: Part | null;
  /** Its files that are there, by name: at least those that the document names. */
  artifacts: ReadonlyMap<string, ArtifactFacts>;
}

/** Characters that substitution may add in all: far above any message size, far below what memory holds. */
const MAX_RESOLVED_CHARS = 32 * 1024 * 1024;
/** Results are parsed elsewhere, so their depth is not known here. */
const MAX_VALUE_DEPTH = 500;

/**
 * The document with every placeholder in its strings (values, not keys) replaced. `deps` holds every name by which a
 * dependency may be called. Substituted text is not scanned again, and the document given is not changed. Fails with one
 * issue per placeholder that finds nothing, naming what there is.
 */
export function resolveDocument(
  document: TaskDocument,
  deps: ReadonlyMap<string, Upstream>,
  options: ResolveOptions,
): Result<TaskDocument, Issue[]> {
  if (!options.hasDependencies) return ok(document);
  const resolver = new Resolver(deps, options);
  const resolved = resolver.resolve(document, []) as TaskDocument;
  return resolver.issues.length > 0 ? err(resolver.issues) : ok(resolved);
}

class Resolver {
  readonly issues: Issue[] = [];
  private added = 0;

  constructor(
    private readonly deps: ReadonlyMap<string, Upstream>,
    private readonly options: ResolveOptions,
  ) {}

  resolve(value: JsonValue, at: JsonPath): JsonValue {
    if (typeof value === 'string') return value.includes('${') ? this.resolveText(value, at) : value;
    if (Array.isArray(value)) return value.map((item, index) => this.resolve(item, [...at, index]));
    if (!isObject(value)) return value;
    const members = Object.entries(value).map(([key, child]): [string, JsonValue] => [
      key,
      this.resolve(child, [...at, key]),
    ]);
    // What has nothing to replace stays the object that it is.
    const isChanged = members.some(([key, member]) => member !== value[key]);
    return isChanged ? Object.fromEntries(members) : value;
  }

  private resolveText(text: string, at: JsonPath): JsonValue {
    const segments = scanTemplate(text);
    const [first] = segments;
    if (segments.length === 1 && first) return this.valueOf(first, at);
    return segments
      .map((segment) => {
        const value = this.valueOf(segment, at);
        if (typeof value === 'string') return value;
        const json = JSON.stringify(value);
        this.charge(json.length, at);
        return json;
      })
      .join('');
  }

  private valueOf(segment: Segment, at: JsonPath): JsonValue {
    if (segment.kind === 'text') return segment.text;
    if (segment.kind === 'malformed') {
      const advice = 'nothing closes this placeholder; a literal ${ is written $${';
      return this.fail(at, 'bad_placeholder', `${segment.raw.slice(0, 60)}: ${advice}`);
    }
    const { raw, body } = segment;
    const match = matchName(body, (name) => this.deps.has(name));
    if (!match) {
      if (isEnvironmentName(body)) return raw;
      const names = [...this.deps.keys()].join(', ');
      return this.fail(at, 'unknown_name', `${raw} names no upstream task; there are ${names}`);
    }
    const path = parsePath(match.rest);
    if (!path) return this.fail(at, 'bad_placeholder', `${raw}: ${match.rest} is not a path`);
    if (path.some((key) => typeof key === 'string' && isUnsafeKey(key))) {
      return this.fail(at, 'unsafe_key', `${raw} walks through a key that is not allowed`);
    }
    const upstream = this.deps.get(match.name);
    if (isArtifactPath(path)) return this.artifact(raw, match.name, path, upstream?.artifacts, at);
    const envelope = upstream?.envelope;
    if (!envelope) return this.fail(at, 'result_missing', `${raw}: ${match.name} has no result`);
    const walk = walkPath(envelope, path);
    if (walk.found) return this.signed(walk.value, at, 0);
    const there = describeReached(match.name, walk.walked, walk.reached);
    return this.fail(at, 'path_not_found', `${raw} finds nothing: ${there}`);
  }

  private artifact(
    raw: string,
    name: string,
    path: JsonPath,
    there: Upstream['artifacts'] = new Map(),
    at: JsonPath,
  ): JsonValue {
    const artifact = readArtifactPath(path);
    if (!artifact.ok) return this.fail(at, 'bad_artifact', `${raw}: ${artifact.error}`);
    const { file } = artifact.value;
    const facts = there.get(file);
    if (facts !== undefined) return this.signed(artifactValue(artifact.value, facts), at, 0);
    return this.fail(at, 'artifact_missing', `${raw}: ${name} has no file ${file}`);
  }

  /** A copy of a result's value with its file URLs signed. */
  private signed(value: JsonValue, at: JsonPath, depth: number): JsonValue {
    if (this.added > MAX_RESOLVED_CHARS) return null;
    if (depth > MAX_VALUE_DEPTH) return this.fail(at, 'too_deep', 'the value put in here is nested too deep');
    if (typeof value === 'string') {
      const text = this.options.signUrl(value);
      this.charge(text.length, at);
      return text;
    }
    this.charge(1, at);
    if (Array.isArray(value)) return value.map((item) => this.signed(item, at, depth + 1));
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [key, this.signed(child, at, depth + 1)]),
    );
  }

  private charge(chars: number, at: JsonPath): void {
    const before = this.added;
    this.added += chars;
    if (before <= MAX_RESOLVED_CHARS && this.added > MAX_RESOLVED_CHARS) {
      const limit = `${String(MAX_RESOLVED_CHARS / 1024 / 1024)} MiB`;
      this.fail(at, 'resolved_too_large', `the results put into this document exceed ${limit}`);
    }
  }

  private fail(at: JsonPath, code: string, message: string): null {
    const path = formatPath(at);
    if (this.issues.length < MAX_RESOLVE_ISSUES) this.issues.push({ path, code, message });
    return null;
  }
}

const MAX_RESOLVE_ISSUES = 100;
