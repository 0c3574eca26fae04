/** Text -> the syntax tree of its one YAML document, or what is wrong with the text. Linear in the text's length. */
import { Composer, type Document, Lexer, Parser, type ParsedNode } from 'yaml';
import { err, type Issue, ok, type Result } from '../errors';
import { YAML_OPTIONS } from './dialect';
import { capIssues, type Position } from './issue-list';
import { MAX_DEPTH, MAX_ISSUES, MAX_PLACEHOLDERS } from './limits';

/** Control characters that YAML does not allow as such; in quoted text they can be written as escapes. */
const CONTROL_CHARACTER = /(?![\t\n\r\u0085])\p{Cc}/u;

interface YamlTree {
  contents: ParsedNode | null;
  /** 1-based place of an offset into the text. */
  positionAt: (offset: number) => Position;
}

/** Reads the text as exactly one document. The tree is at most about `MAX_DEPTH` levels deep. */
export function readYaml(text: string): Result<YamlTree, Issue[]> {
  const positionAt = lineIndex(text);
  const issueAt = (offset: number, code: string, message: string): Issue => ({
    path: '',
    ...positionAt(offset),
    code,
    message,
  });

  const control = CONTROL_CHARACTER.exec(text);
  if (control) {
    const code = control[0].charCodeAt(0).toString(16).padStart(4, '0');
    return err([
      issueAt(control.index, 'control_character', `the character U+${code} is not allowed in YAML`),
    ]);
  }
  if (countPlaceholders(text) > MAX_PLACEHOLDERS) {
    return err([
      issueAt(
        text.indexOf('${'),
        'too_many_placeholders',
        `more than ${String(MAX_PLACEHOLDERS)} \${ in one document`,
      ),
    ]);
  }

  const documents: Document.Parsed[] = [];
  const composer = new Composer(YAML_OPTIONS);
  const lexer = new Lexer();
  const parser = new Parser();
  // The parser keeps its open collections on a stack, the composer recurses into them: the check comes between.
  let stray = 0;
  for (const lexeme of lexer.lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'error') stray += 1;
      documents.push(...composer.next(token));
    }
    // Each mistake costs a stack trace: a text of nothing else is not read to its end.
    if (stray > MAX_ISSUES) break;
    if (parser.stack.length > MAX_DEPTH + 3) {
      return err([issueAt(parser.offset, 'too_deep', tooDeepMessage)]);
    }
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end(true, text.length));

  const issues = documents
    .flatMap((document) => [...document.errors, ...document.warnings])
    .map((error) => issueAt(error.pos[0], 'yaml_syntax', shorten(error.message)));
  const second = documents[1];
  if (second) {
    const start = second.contents?.range[0] ?? second.range[0];
    issues.push(issueAt(start, 'several_documents', 'one document is expected; here a second one begins'));
  }
  if (issues.length > 0) return err(capIssues(issues));
  return ok({ contents: documents[0]?.contents ?? null, positionAt });
}

/** Messages quote the text, which may be one long word. */
export function shorten(text: string, length = 300): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

export const tooDeepMessage = `maps and lists are more than ${String(MAX_DEPTH)} levels deep here`;

export function countPlaceholders(text: string): number {
  let count = 0;
  for (let at = text.indexOf('${'); at !== -1; at = text.indexOf('${', at + 2)) count += 1;
  return count;
}

/** Line starts once, then a binary search for each place. */
function lineIndex(text: string): (offset: number) => Position {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  // A byte order mark takes no column.
  const shift = text.startsWith('\ufeff') ? 1 : 0;
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const column = offset - (starts[low] ?? 0) + 1 - (low === 0 ? shift : 0);
    return { line: low + 1, column: Math.max(1, column) };
  };
}
