/** Everything of a task as one archive: what goes in, and under which names. */
import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { ArtifactStore } from '../artifacts/artifact.store';
import { ProblemError } from '../core/errors';
import type { TaskId } from '../core/ids';
import { ResultStore } from '../results/result.store';
import { ofUnknown } from '../results/left-results';
import { TaskRetention } from '../tasks/task-retention';
import { TaskStore } from '../tasks/task.store';
import type { Entry } from './archive';
import type { Part } from './include';
import type { ManifestFileDto } from './manifest.dto';
import { type Manifest, Manifests } from './manifests';

export interface Bundle {
  /** `<name of the task>-<beginning of its id>.tar.gz` */
  filename: string;
  entries: Entry[];
}

/** What cannot be in a file name somewhere. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\/:*?"<>|]+/gu;

@Injectable()
export class Bundles {
  constructor(
    private readonly manifests: Manifests,
    private readonly tasks: TaskStore,
    private readonly retention: TaskRetention,
    private readonly results: ResultStore,
    private readonly files: ArtifactStore,
  ) {}

  /** Nothing is open yet. 404 where there is no such task, or nothing of the parts; 410 where they were deleted. */
  async of(id: TaskId, parts: ReadonlySet<Part>): Promise<Bundle> {
    await this.retention.requireKept(id);
    const manifest = await this.manifests.of(id);
    if (manifest === null) throw new ProblemError('not-found', `There is no task ${id}.`);
    const entries = [...this.result(id, manifest, parts), ...this.artifacts(id, manifest, parts)];
    if (entries.length === 0) {
      const wanted = [...parts].join(' and ');
      throw new ProblemError('not-found', `Task ${id} has none of what was asked for: ${wanted}.`);
    }
    const name = manifest.dto.name.replace(UNFIT, '-');
    return {
      filename: `${name}-${id.slice(0, 8)}.tar.gz`,
      // First, so that whoever unpacks while it comes can compare.
      entries: [manifestEntry(id, manifest), ...entries],
    };
  }

  private result(id: TaskId, { dto }: Manifest, parts: ReadonlySet<Part>): Entry[] {
    const file = dto.files.find(({ kind }) => kind === 'result');
    if (file === undefined || !parts.has('results')) return [];
    return [
      {
        ...entryOf(id, file),
        open: async () => {
          const [task, document] = await Promise.all([this.tasks.read(id), this.tasks.readDocument(id)]);
          const envelope = await this.results.open(task ?? ofUnknown(id), document);
          if (envelope === null || envelope.length === file.size) return envelope;
          await envelope.close();
          return null;
        },
      },
    ];
  }

  private artifacts(id: TaskId, { dto, artifacts }: Manifest, parts: ReadonlySet<Part>): Entry[] {
    if (!parts.has('artifacts')) return [];
    const listed = new Map(
      dto.files.flatMap((file) => (file.kind === 'artifact' ? [[file.name, file]] : [])),
    );
    return artifacts.flatMap((stored): Entry[] => {
      const file = listed.get(stored.name);
      return file === undefined ? [] : [{ ...entryOf(id, file), open: () => this.files.open(stored) }];
    });
  }
}

const entryOf = (id: TaskId, { name, size, sha256, time }: ManifestFileDto): Omit<Entry, 'open'> => ({
  name: `${id}/${name}`,
  sizeBytes: size,
  sha256,
  modified: new Date(time),
});

function manifestEntry(id: TaskId, { dto }: Manifest): Entry {
  const bytes = Buffer.from(`${JSON.stringify(dto, null, 2)}\n`);
  return {
    name: `${id}/manifest.json`,
    sizeBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    modified: new Date(dto.made_at),
    open: () => Promise.resolve({ stream: () => once(bytes), close: () => Promise.resolve() }),
  };
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield bytes;
}
