/** CONFIG_FILE: a YAML map from variable names to values, read as text so that every value is parsed in one place. */
import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';

export interface ConfigFile {
  /** Variable name to text; a list becomes its items, separated by commas. */
  texts: ReadonlyMap<string, string>;
  mistakes: readonly string[];
}

/** Reads the file; without a path there is nothing to read. `names` are the variables it may set. Never throws. */
export function readConfigFile(path: string | undefined, names: ReadonlySet<string>): ConfigFile {
  if (path === undefined || path.trim() === '') return { texts: new Map(), mistakes: [] };
  const refuse = (why: string): ConfigFile => ({
    texts: new Map(),
    mistakes: [
      `CONFIG_FILE is ${JSON.stringify(path)}: expected a readable YAML file of variables, but ${why}`,
    ],
  });

  let source: string;
  try {
    source = readFileSync(path.trim(), 'utf8');
  } catch (error) {
    return refuse(`it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
  }

  // `failsafe` leaves scalars as the text that stands there: `5_242_880`, `0.20` and `INFO` alike.
  const lines = new LineCounter();
  const document = parseDocument(source, { schema: 'failsafe', lineCounter: lines, prettyErrors: false });
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined) {
    // The code says what is wrong; the parser's own message may quote a secret.
    const { line, col } = lines.linePos(fault.pos[0]);
    return refuse(
      `line ${String(line)}, column ${String(col)}: ${fault.code.toLowerCase().replaceAll('_', ' ')}`,
    );
  }
  const content: unknown = document.toJS();
  if (content === null || content === '') return { texts: new Map(), mistakes: [] };
  if (typeof content !== 'object' || Array.isArray(content)) return refuse('it is not a map');
  return collect(Object.entries(content), names);
}

function collect(entries: readonly [string, unknown][], names: ReadonlySet<string>): ConfigFile {
  const texts = new Map<string, string>();
  const mistakes: string[] = [];
  const unknown = entries.map(([name]) => name).filter((name) => !names.has(name));
  if (unknown.length > 0) {
    const listed = unknown.map((name) => JSON.stringify(name)).join(', ');
    mistakes.push(`CONFIG_FILE sets ${listed}: expected no other names than ${[...names].join(', ')}`);
  }
  for (const [name, value] of entries) {
    if (!names.has(name)) continue;
    if (typeof value === 'string') {
      texts.set(name, value);
    } else if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
      texts.set(name, value.join(','));
    } else {
      mistakes.push(
        `${name} in CONFIG_FILE is no single value: expected a text, a number or a list of texts`,
      );
    }
  }
  return { texts, mistakes };
}
