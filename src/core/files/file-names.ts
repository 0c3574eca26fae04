/**
 * Which names a file may have: those that mean the same on every system, in every URL and to every eye. A file in a
 * directory is called by its path: such names with slashes between them.
 */
import { type Issue, ProblemError } from '../errors';

const MAX_BYTES = 255;
const MAX_NAMES = 16;
/** What fits into a URL however it is encoded, and below any directory. */
const MAX_PATH_BYTES = 1024;
const RESERVED = new Set(['responses.json', 'manifest.json']);
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/i;

interface Rule {
  code: string;
  message: string;
  broken: (name: string) => boolean;
}

/** In this order: the first rule that is broken names the mistake. */
const RULES: readonly Rule[] = [
  { code: 'empty', message: 'a file needs a name', broken: (name) => name === '' },
  {
    code: 'too_long',
    message: `a name is at most ${String(MAX_BYTES)} bytes of UTF-8`,
    broken: (name) => Buffer.byteLength(name) > MAX_BYTES,
  },
  {
    code: 'not_unicode',
    message: 'half a surrogate pair is no character',
    broken: (name) => /\p{Cs}/u.test(name),
  },
  { code: 'control', message: 'control characters are not taken', broken: (name) => /\p{Cc}/u.test(name) },
  {
    code: 'invisible',
    message: 'characters that are invisible or turn the writing direction are not taken',
    broken: (name) => /[\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/u.test(name),
  },
  { code: 'separator', message: 'a name has no slash or backslash', broken: (name) => /[/\\]/.test(name) },
  {
    code: 'special',
    message: 'the characters : * ? " < > | mean something else on other systems',
    broken: (name) => /[:*?"<>|]/.test(name),
  },
  {
    code: 'leading_dot',
    message: 'a name does not begin with a dot',
    broken: (name) => name.startsWith('.'),
  },
  {
    code: 'edge',
    message: 'a name does not end with a dot and has no space at either end',
    broken: (name) => name.endsWith('.') || name.trim() !== name,
  },
  {
    code: 'percent',
    message: 'percent-encoding within a name is not taken',
    broken: (name) => /%[0-9a-f]{2}/i.test(name),
  },
  {
    code: 'device',
    message: 'this is the name of a device on other systems',
    broken: (name) => DEVICE.test(name),
  },
];

/** Of the first name of a path: further down, these are files like others. */
const TOP_RULES: readonly Rule[] = [
  ...RULES,
  {
    code: 'reserved',
    message: `${[...RESERVED].join(' and ')} are kept for the service and its workers`,
    broken: (name) => isReservedName(name),
  },
];

/** Names that are no files of a task, but its result and what a worker says of it. */
export const isReservedName = (name: string): boolean => RESERVED.has(name.toLowerCase());

/** The mistake in a file name, or null. Look-alikes (`．．／`) are judged by what they look like. */
export const fileNameIssue = (name: string): Issue | null => firstBroken(TOP_RULES, name);

function firstBroken(rules: readonly Rule[], name: string): Issue | null {
  for (const form of new Set([name, name.normalize('NFKC')])) {
    const rule = rules.find(({ broken }) => broken(form));
    if (rule !== undefined) return issue(rule.code, rule.message);
  }
  return null;
}

/** The mistake in the path of a file below its task's directory, or null. */
export function filePathIssue(path: string): Issue | null {
  const names = path.split('/');
  if (names.length > MAX_NAMES)
    return issue('too_deep', `a path has at most ${String(MAX_NAMES)} names, the file's own among them`);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES)
    return issue('too_long', `a path is at most ${String(MAX_PATH_BYTES)} bytes of UTF-8`);
  for (const [depth, name] of names.entries()) {
    const mistake = firstBroken(depth === 0 ? TOP_RULES : RULES, name);
    if (mistake !== null) return mistake;
  }
  return null;
}

/** The 400 for an upload that names the broken rule, or null when the name is fine. */
export function fileNameFault(name: string): ProblemError | null {
  const mistake = fileNameIssue(name);
  if (mistake === null) return null;
  return refused(mistake, mistake.code === 'separator' ? ` ${INSTEAD_OF_DIRECTORIES}` : '');
}

/** The same for the path of a file that is asked for. */
export function filePathFault(path: string): ProblemError | null {
  const mistake = filePathIssue(path);
  return mistake === null ? null : refused(mistake);
}

const INSTEAD_OF_DIRECTORIES =
  'A directory is uploaded as one archive, such as a .zip, or written to shared storage.';

const issue = (code: string, message: string): Issue => ({ path: 'filename', code, message });

const refused = (mistake: Issue, advice = ''): ProblemError =>
  new ProblemError('bad-request', `The file name was refused: ${mistake.message}.${advice}`, [mistake]);
