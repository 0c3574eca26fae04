/** The text of a document -> plain JSON that knows where in the text each of its values stands. */
import { err, type Issue, ok, type Result } from '../errors';
import { isObject, type JsonObject } from '../json';
import { buildJson, offsetOf } from './build-json';
import { checkTree } from './check-tree';
import { capIssues, type Locate } from './issue-list';
import { readPlain } from './read-plain';
import { readYaml, tooDeepMessage } from './read-yaml';

export interface ParsedDocument {
  source: JsonObject;
  /** The text as submitted. */
  raw: string;
  /** Place of a key or list item; for a path that leads nowhere, the place of its last part that is there. */
  locate: Locate;
  /**
   * Mistakes in single keys and values (duplicate or unsafe keys, numbers that JSON lacks). The rest of the document
   * is still readable, so that `expandDocument` can report these and its own in one answer; it never accepts them.
   */
  mistakes: readonly Issue[];
}

/**
 * Parses one YAML document (JSON is a subset) whose root is a map. Never throws; linear in the length of the text.
 * A plain document is read without the library, which then reads it only to say where in the text something stands.
 * Fails with every mistake that leaves no readable document: syntax, several documents, unknown or circular aliases,
 * limits on depth and on what aliases may add. An alias of an unknown tag is a mistake, warnings are too.
 * @param plain what `readPlain` gives for the text, for who has it already
 */
export function parseDocument(text: string, plain = readPlain(text)): Result<ParsedDocument, Issue[]> {
  return plain === null ? parseWithLibrary(text) : ok(plainDocument(plain, text));
}

function plainDocument(source: JsonObject, text: string): ParsedDocument {
  let locate: Locate | undefined;
  return {
    source,
    raw: text,
    locate: (path) => {
      if (!locate) {
        const parsed = parseWithLibrary(text);
        locate = parsed.ok ? parsed.value.locate : () => undefined;
      }
      return locate(path);
    },
    mistakes: [],
  };
}

/** What `parseDocument` does for every text that is not plain, and gives for those that are. */
export function parseWithLibrary(text: string): Result<ParsedDocument, Issue[]> {
  const read = readYaml(text);
  if (!read.ok) return read;
  const { contents, positionAt } = read.value;
  if (contents === null)
    return err([{ path: '', line: 1, column: 1, code: 'empty', message: 'the document is empty' }]);

  const rootIssue = (code: string, message: string): Issue => ({
    path: '',
    ...positionAt(contents.range[0]),
    code,
    message,
  });
  const { targets, fatal, local } = checkTree(contents, positionAt);
  if (fatal.length > 0) return err(capIssues([...fatal, ...local]));

  const built = buildJson(contents, targets);
  if (built.kind === 'too_many_aliases') {
    return err([
      rootIssue('too_many_aliases', 'aliases and merge keys make the document far larger than its text'),
    ]);
  }
  if (built.kind === 'too_deep') return err([rootIssue('too_deep', tooDeepMessage)]);
  if (!isObject(built.value)) {
    const message = 'a document is a map with apiVersion, kind, metadata and spec';
    return err(capIssues([rootIssue('wrong_type', message), ...local]));
  }
  return ok({
    source: built.value,
    raw: text,
    locate: (path) => positionAt(offsetOf(contents, path, targets)),
    mistakes: local,
  });
}
