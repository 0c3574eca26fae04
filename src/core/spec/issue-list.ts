/** Gathers the mistakes of one document: each once, in the order of the text, and never an endless list. */
import type { Issue } from '../errors';
import { formatPath, type JsonPath } from '../json';
import { MAX_ISSUES } from './limits';

export interface Position {
  /** 1-based. */
  line: number;
  column: number;
}

export type Locate = (path: JsonPath) => Position | undefined;

/** Enough to pick the first ones of a text from; beyond it, mistakes are counted only. */
const MAX_KEPT = 500;

export class IssueList {
  private readonly kept = new Map<string, Issue>();
  private uncounted = 0;

  constructor(private readonly locate: Locate) {}

  /** Adds a mistake at a path of the document as submitted; one that is there already is not added again. */
  add(path: JsonPath, code: string, message: string): void {
    const text = formatPath(path);
    this.keep(text, code, message, () => ({ path: text, ...this.locate(path), code, message }));
  }

  /** Adds a mistake that knows its own place. */
  addIssue(issue: Issue): void {
    this.keep(issue.path, issue.code, issue.message, () => issue);
  }

  private keep(path: string, code: string, message: string, make: () => Issue): void {
    const key = `${code}\n${path}\n${message}`;
    if (this.kept.has(key)) return;
    if (this.kept.size < MAX_KEPT) this.kept.set(key, make());
    else this.uncounted += 1;
  }

  get size(): number {
    return this.kept.size + this.uncounted;
  }

  /** The mistakes by line and column; beyond the first hundred, one that says how many more there are. */
  toIssues(): Issue[] {
    const sorted = [...this.kept.values()].sort(
      (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
    );
    return capIssues(sorted, this.size);
  }
}

/** The first issues of a list of `total`; the last place is taken by one that counts those left out. */
export function capIssues(issues: readonly Issue[], total: number = issues.length): Issue[] {
  if (total <= MAX_ISSUES) return [...issues];
  const shown = issues.slice(0, MAX_ISSUES - 1);
  const more = total - shown.length;
  return [
    ...shown,
    { path: '', code: 'more_issues', message: `and ${String(more)} more mistakes that are not listed` },
  ];
}
