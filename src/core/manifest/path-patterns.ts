/**
 * Which files a declared name or pattern means. `*` is any text and `?` any one character of a name, `**` any directories
 * or none. The name of a directory, and any pattern with a slash at its end, means all that is below.
 */

/** Characters of a name with `*` and `?`; null: `**`. */
type Name = readonly string[] | null;

export class FilePaths {
  private readonly split: (readonly (readonly string[])[])[] = [];

  constructor(private readonly paths: readonly string[]) {}

  /** In the order of the paths. */
  matching(declared: string): string[] {
    const path = declared.replace(/\/+$/, '');
    const isDirectory = path !== declared;
    if (!/[*?]/.test(path)) {
      return this.paths.filter((each) => (each === path && !isDirectory) || each.startsWith(`${path}/`));
    }
    const pattern = path.split('/').map((name) => (name === '**' ? null : Array.from(name)));
    if (isDirectory) pattern.push(null);
    // What ends with `**` means what is below, and not the directory itself.
    if (pattern.at(-1) === null) pattern.push(['*']);
    return this.paths.filter((_, i) => fits(pattern, this.namesOf(i)));
  }

  private namesOf(i: number): readonly (readonly string[])[] {
    return (this.split[i] ??= (this.paths[i] ?? '').split('/').map((name) => Array.from(name)));
  }
}

const fits = (pattern: readonly Name[], names: readonly (readonly string[])[]): boolean =>
  matches(
    pattern,
    names,
    (each) => each === null,
    (each, name) => each !== null && nameFits(each, name),
  );

const nameFits = (pattern: readonly string[], name: readonly string[]): boolean =>
  matches(
    pattern,
    name,
    (char) => char === '*',
    (char, of) => char === '?' || char === of,
  );

/** Goes back to the last run alone, since what an earlier one takes the last one can take too: no pattern is slow. */
function matches<P, T>(
  pattern: readonly P[],
  items: readonly T[],
  isRun: (part: P) => boolean,
  fitsOne: (part: P, item: T) => boolean,
): boolean {
  let [at, run, taken] = [0, -1, 0];
  for (let i = 0; i < items.length;) {
    const part = pattern[at];
    const isThere = part !== undefined;
    if (isThere && isRun(part)) {
      run = at;
      taken = i;
      at += 1;
    } else if (isThere && fitsOne(part, items[i] as T)) {
      at += 1;
      i += 1;
    } else if (run >= 0) {
      at = run + 1;
      taken += 1;
      i = taken;
    } else return false;
  }
  return pattern.slice(at).every(isRun);
}
