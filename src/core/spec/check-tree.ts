/** Walks a document's syntax tree once: resolves aliases, and finds what makes it no plain JSON value. */
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { Issue } from '../errors';
import { formatPath, isUnsafeKey } from '../json';
import type { Position } from './issue-list';
import { MAX_DEPTH } from './limits';
import { shorten, tooDeepMessage } from './read-yaml';

interface TreeCheck {
  /** What each alias stands for: the latest anchor of its name before it. */
  targets: ReadonlyMap<Alias, ParsedNode>;
  /** Mistakes that leave no value to go on with. */
  fatal: Issue[];
  /** Mistakes in one value or key; the rest can still be checked. */
  local: Issue[];
}

/** A plain `<<` is the merge key; a quoted one is a key like any other. */
export function isMergeKey(key: Scalar): boolean {
  return key.value === '<<' && key.type === 'PLAIN';
}

/** The text of a map's key; keys are strings by the dialect, and an empty one is ''. */
export function keyOf(pair: Pair): string {
  const key = pair.key;
  if (!isScalar(key)) return '';
  return typeof key.value === 'string' ? key.value : (key.source ?? '');
}

export function checkTree(root: ParsedNode, positionAt: (offset: number) => Position): TreeCheck {
  const checker = new TreeChecker(positionAt);
  checker.visit(root, 1);
  return checker;
}

class TreeChecker implements TreeCheck {
  readonly targets = new Map<Alias, ParsedNode>();
  readonly fatal: Issue[] = [];
  readonly local: Issue[] = [];
  private readonly anchors = new Map<string, ParsedNode>();
  private readonly open = new Set<ParsedNode>();
  private readonly path: (string | number)[] = [];

  constructor(private readonly positionAt: (offset: number) => Position) {}

  visit(node: ParsedNode, depth: number): void {
    if (isAlias(node)) {
      this.visitAlias(node);
      return;
    }
    if (node.anchor !== undefined) this.anchors.set(node.anchor, node);
    if (isScalar(node)) {
      this.visitScalar(node);
      return;
    }
    if (depth > MAX_DEPTH) {
      this.fatal.push(this.issue(node, 'too_deep', tooDeepMessage));
      return;
    }
    this.open.add(node);
    if (isMap(node)) this.visitMap(node, depth);
    else if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) this.visitChild(item, index, depth);
    }
    this.open.delete(node);
  }

  private visitChild(child: ParsedNode | null, key: string | number, depth: number): void {
    if (child === null) return;
    this.path.push(key);
    this.visit(child, depth + 1);
    this.path.pop();
  }

  private visitMap(map: YAMLMap.Parsed, depth: number): void {
    const seen = new Map<string, ParsedNode>();
    for (const pair of map.items) {
      const key = pair.key;
      const text = keyOf(pair);
      if (isScalar(key) && isMergeKey(key)) {
        this.visitChild(pair.value, '<<', depth);
        this.checkMerge(pair.value, key as ParsedNode);
        continue;
      }
      const before = seen.get(text);
      if (before) {
        const { line } = this.positionAt(before.range[0]);
        this.addLocal(
          key,
          text,
          'duplicate_key',
          `the key ${show(text)} is in this map already (line ${String(line)})`,
        );
      } else {
        seen.set(text, key);
      }
      if (isUnsafeKey(text)) this.addLocal(key, text, 'unsafe_key', `the key ${show(text)} is not allowed`);
      if (key.anchor !== undefined && !isAlias(key)) this.anchors.set(key.anchor, key);
      this.visitChild(pair.value, text, depth);
    }
  }

  private addLocal(key: ParsedNode, text: string, code: string, message: string): void {
    this.path.push(text);
    this.local.push(this.issue(key, code, message));
    this.path.pop();
  }

  private visitAlias(alias: Alias.Parsed): void {
    const target = this.anchors.get(alias.source);
    if (!target) {
      this.fatal.push(
        this.issue(
          alias,
          'unknown_anchor',
          `no anchor &${shorten(alias.source, 60)} comes before this alias`,
        ),
      );
    } else if (this.open.has(target)) {
      this.fatal.push(
        this.issue(
          alias,
          'alias_cycle',
          `*${shorten(alias.source, 60)} stands inside the value that it names`,
        ),
      );
    } else {
      this.targets.set(alias, target);
    }
  }

  private checkMerge(value: ParsedNode | null, key: ParsedNode): void {
    const sources = value && isSeq(value) ? (value.items as (ParsedNode | null)[]) : [value];
    const allMaps = sources.every((source) => {
      const node = source && isAlias(source) ? this.targets.get(source) : source;
      // An alias without a target has an issue of its own.
      return node === undefined || isMap(node);
    });
    if (!allMaps) this.fatal.push(this.issue(key, 'bad_merge', '<< takes a map, or a list of maps'));
  }

  private visitScalar(node: Scalar.Parsed): void {
    const value = node.value;
    if (typeof value !== 'number') return;
    if (!Number.isFinite(value)) {
      this.local.push(this.issue(node, 'not_finite', `${node.source} is not a number that JSON can carry`));
    } else if (Number.isInteger(value) && !Number.isSafeInteger(value) && !/[.e]/i.test(node.source)) {
      const advice = 'is too large to be carried exactly; put it in quotes';
      this.local.push(this.issue(node, 'unsafe_integer', `${shorten(node.source, 40)} ${advice}`));
    }
  }

  private issue(node: ParsedNode, code: string, message: string): Issue {
    return { path: formatPath(this.path), ...this.positionAt(node.range[0]), code, message };
  }
}

function show(key: string): string {
  return JSON.stringify(shorten(key, 60));
}
