/** The part of a placeholder that stands for a file of an upstream task: `.artifacts["final_lora.zip"].url`. */
import { err, ok, type Result } from '../errors';
import { filePathIssue } from '../files/file-names';
import type { JsonObject, JsonPath } from '../json';
import { nearestName } from '../spec/suggest';

/** The key under which files are found, beside those of the envelope. */
const ARTIFACTS = 'artifacts';

/** What a template can ask of a file. */
export interface ArtifactFacts {
  name: string;
  /** Without a signature. */
  url: string;
  /** Hex. */
  sha256: string;
  sizeBytes: number;
}

export interface ArtifactPath {
  file: string;
  /** null: all there is to know of the file, as a map. */
  member: string | null;
}

const MEMBERS: Readonly<Record<string, (facts: ArtifactFacts) => string | number>> = {
  url: ({ url }) => url,
  sha256: ({ sha256 }) => sha256,
  size_bytes: ({ sizeBytes }) => sizeBytes,
  size: ({ sizeBytes }) => sizeBytes,
  name: ({ name }) => name,
};

export const isArtifactPath = (path: JsonPath): boolean => path[0] === ARTIFACTS;

/** The file and what is wanted of it; the mistake in words when the path of an artifact can mean neither. */
export function readArtifactPath(path: JsonPath): Result<ArtifactPath, string> {
  const [, file, member, ...more] = path;
  if (file === undefined) return err(`.${ARTIFACTS} goes on with a file: ${example('final_lora.zip')}`);
  if (typeof file === 'number') return err(`a file is called by its name: ${example('final_lora.zip')}`);
  const nearest = isMember(member) ? null : nearestName(String(member ?? ''), Object.keys(MEMBERS));
  const dotted = nearest === null || more.length > 0 ? dottedName(path) : null;
  if (dotted !== null && (more.length > 0 || !isMember(member))) {
    return err(`a file name with dots stands in brackets: ${example(dotted)}`);
  }
  const issue = filePathIssue(file);
  if (issue !== null) return err(`${JSON.stringify(file)} is no name of a file: ${issue.message}`);
  if (member === undefined) return ok({ file, member: null });
  if (isMember(member) && more.length === 0) return ok({ file, member });
  if (isMember(member)) return err(`${member} of a file is the end of the path: ${example(file)}`);
  const advice = nearest === null ? '' : `did you mean ${nearest}? `;
  return err(`${advice}A file has ${Object.keys(MEMBERS).join(', ')}, not ${JSON.stringify(member)}`);
}

/** What the path is replaced by. */
export function artifactValue({ member }: ArtifactPath, facts: ArtifactFacts): string | number | JsonObject {
  const read = member === null ? undefined : MEMBERS[member];
  if (read !== undefined) return read(facts);
  return Object.fromEntries(Object.entries(MEMBERS).map(([key, of]) => [key, of(facts)]));
}

const MAX_SHOWN = 20;

/** `did you mean final_model.zip? There are final_model.zip, log.txt`: what there is instead of a file. */
export function describeFiles(wanted: string, there: readonly string[]): string {
  if (there.length === 0) return 'it has no files';
  const nearest = nearestName(wanted, there);
  const shown = there.slice(0, MAX_SHOWN).join(', ');
  const more = there.length - MAX_SHOWN;
  const list = `there ${there.length === 1 ? 'is' : 'are'} ${shown}${more > 0 ? ` and ${String(more)} more` : ''}`;
  return nearest === null ? list : `did you mean ${nearest}? ${list.replace('there', 'There')}`;
}

const isMember = (key: string | number | undefined): key is string =>
  typeof key === 'string' && Object.hasOwn(MEMBERS, key);

const example = (file: string): string => `.${ARTIFACTS}[${JSON.stringify(file)}].url`;

/** `final_lora.zip` of `.artifacts.final_lora.zip.url`: what was meant by keys that are one name; null for one key. */
function dottedName([, ...keys]: JsonPath): string | null {
  const parts = isMember(keys.at(-1)) ? keys.slice(0, -1) : keys;
  const isOneWord = (key: string | number): boolean => typeof key === 'string' && /^[\w/-]+$/.test(key);
  return parts.length > 1 && parts.every(isOneWord) ? parts.join('.') : null;
}
