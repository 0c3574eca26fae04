/** Lists the files of a task that lie in several places. */
import type { StoredFile } from './stored-file';

/**
 * Files of several places, of which the first that has a name counts: also where another has a directory by that name,
 * since all of them may be put into one.
 */
export class FirstSeen {
  private readonly byPath = new Map<string, StoredFile>();
  private readonly directories = new Set<string>();

  get files(): StoredFile[] {
    return [...this.byPath.values()];
  }

  add(file: StoredFile): void {
    this.byPath.set(file.name, file);
    for (const directory of directoriesOf(file.name)) this.directories.add(directory);
  }

  hides(name: string): boolean {
    if (this.byPath.has(name) || this.directories.has(name)) return true;
    return directoriesOf(name).some((directory) => this.byPath.has(directory));
  }
}

/** `a` and `a/b` of `a/b/c`. */
function directoriesOf(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, i) => names.slice(0, i + 1).join('/'));
}
