/** Puts together what there is of a task: its files, what was declared, what it was made from. */
import { Injectable, Logger } from '@nestjs/common';
import { setImmediate as turn } from 'node:timers/promises';
import { ArtifactStore } from '../artifacts/artifact.store';
import type { StoredFile } from '../artifacts/stored-file';
import { TaskMutex } from '../artifacts/task-mutex';
import type { TaskId } from '../core/ids';
import { parseObject } from '../core/json';
import { formatTime } from '../core/lifecycle/time';
import { declaredArtifacts } from '../core/manifest/declared';
import { type Input, parseInputs } from '../core/manifest/inputs';
import { FilePaths } from '../core/manifest/path-patterns';
import { isTerminal, type Task, type TaskDocument } from '../core/model';
import { RedisClock } from '../redis/redis-clock';
import { asError } from '../http/errno';
import { type Figures, ResultFigures } from '../results/result-figures';
import { RESULT_FILE } from '../results/result-files';
import { ResultStore } from '../results/result.store';
import { ofUnknown } from '../results/left-results';
import { TaskStore } from '../tasks/task.store';
import type { DeclaredDto, InputDto, ManifestFileDto, ManifestShardDto, ManifestText } from './manifest.dto';

/** So many names stand below what is declared, in all: every file of a task could be meant by each pattern. */
const MAX_NAMED = 20_000;

export interface Manifest {
  dto: ManifestText;
  /** The files in it but for the result, as they can be opened. */
  artifacts: StoredFile[];
}

@Injectable()
export class Manifests {
  private readonly logger = new Logger(Manifests.name);

  constructor(
    private readonly tasks: TaskStore,
    private readonly results: ResultStore,
    private readonly figures: ResultFigures,
    private readonly files: ArtifactStore,
    private readonly mutex: TaskMutex,
    private readonly clock: RedisClock,
  ) {}

  /**
   * As everything is now. Of a task that has ended it is kept beside its files too, where there are any, or something to
   * tell. null: there is no such task, and nothing of it on disk.
   */
  async of(id: TaskId): Promise<Manifest | null> {
    const [task, document, keptText] = await Promise.all([
      this.tasks.read(id),
      this.tasks.readDocument(id),
      this.files.readManifest(id),
    ]);
    const kept = keptText === null ? null : parseManifest(keptText, id);
    const about = task === null ? kept : await this.about(task, kept);
    if (about === null) return null;
    // What lies there still is on its way out, and shown to nobody.
    if (about.result_deleted_at !== null) return { dto: about, artifacts: [] };
    const [result, { files, leftOut }] = await Promise.all([
      this.resultOf(id, task, document),
      this.files.survey(id, document),
    ]);
    const listed = [
      ...(result === null ? [] : [resultFile(result, task?.attemptId ?? about.attempt_id)]),
      ...files.map(artifactFile),
    ];
    const declared = document === null ? about.declared : await declaredAmong(document, listed);
    const dto: ManifestText = {
      ...about,
      result_sha256: result?.resultSha256 ?? null,
      files: listed,
      left_out: leftOut,
      declared,
      missing: declared.filter(({ required, present }) => required && !present).map(({ name }) => name),
      made_at: formatTime(this.clock.guessUs()),
    };
    if (task !== null && isTerminal(task.status)) {
      await this.keep(id, dto, kept).catch((error: unknown) => {
        // The directory may be its worker's, or the disk full: whoever asks is told all the same.
        this.logger.debug({ task_id: id, err: asError(error) }, 'a manifest could not be kept');
      });
    }
    return { dto, artifacts: files };
  }

  private async resultOf(
    id: TaskId,
    task: Task | null,
    document: TaskDocument | null,
  ): Promise<Figures | null> {
    const envelope = await this.results.open(task ?? ofUnknown(id), document);
    if (envelope === null) return null;
    try {
      return await this.figures.of(envelope);
    } finally {
      await envelope.close();
    }
  }

  /** What the store knows; where it has lost something, what was kept. */
  private async about(task: Task, kept: ManifestText | null): Promise<ManifestText> {
    const shards = await this.tasks.readMany(await this.tasks.shards(task.id));
    // Each shard is given all of it.
    const [maker = task] = shards;
    const inputs = parseInputs(await this.tasks.readInputs(maker.id));
    return {
      task_id: task.id,
      name: task.name,
      status: task.status,
      finished_at: task.finishedAtUs === null ? null : formatTime(task.finishedAtUs),
      worker_id: task.attemptWorker,
      attempt: task.attempt,
      attempt_id: task.attemptId,
      result_deleted_at: task.deletedAtUs === null ? null : formatTime(task.deletedAtUs),
      result_sha256: null,
      files: [],
      left_out: [],
      declared: [],
      missing: [],
      inputs: inputs.length > 0 ? inputs.map(inputDto) : (kept?.inputs ?? []),
      shards: shards.length > 0 ? shards.map(shardDto) : (kept?.shards ?? []),
      made_at: formatTime(this.clock.guessUs()),
    };
  }

  private async keep(id: TaskId, dto: ManifestText, kept: ManifestText | null): Promise<void> {
    const says = ({ files, inputs, declared }: ManifestText): boolean =>
      files.length + inputs.length + declared.length > 0;
    if (!says(dto) || (kept !== null && textOf(kept) === textOf(dto))) return;
    await this.mutex.run(id, async () => {
      // Its directory may be on its way out, and is not to be made again.
      if ((await this.tasks.read(id))?.deletedAtUs !== null) return;
      await this.files.saveManifest(id, JSON.stringify(dto, null, 2));
    });
  }
}

/** All but when it was put together. */
const textOf = (dto: ManifestText): string => JSON.stringify({ ...dto, made_at: '' });

/** null: it is not whole, or none of ours. */
function parseManifest(text: string, id: TaskId): ManifestText | null {
  const value = parseObject(text);
  const isOurs = value?.task_id === id && Array.isArray(value.inputs) && Array.isArray(value.declared);
  return isOurs ? (value as unknown as ManifestText) : null;
}

const resultFile = ({ sizeBytes, sha256, time }: Figures, attempt: string | null): ManifestFileDto => ({
  name: RESULT_FILE,
  kind: 'result',
  size: sizeBytes,
  sha256,
  time,
  attempt_id: attempt,
});

const artifactFile = ({ name, size, sha256, time, attemptId }: StoredFile): ManifestFileDto => ({
  name,
  kind: 'artifact',
  size,
  sha256,
  time,
  attempt_id: attemptId,
});

/** In turns with others: a thousand patterns and ten thousand files are a while. */
async function declaredAmong(
  document: TaskDocument,
  files: readonly ManifestFileDto[],
): Promise<DeclaredDto[]> {
  const paths = new FilePaths(files.map(({ name }) => name));
  const declared: DeclaredDto[] = [];
  let room = MAX_NAMED;
  for (const { name, required } of declaredArtifacts(document)) {
    const found = paths.matching(name);
    const named = found.slice(0, room);
    room -= named.length;
    declared.push({ name, required, present: found.length > 0, files: named });
    await turn();
  }
  return declared;
}

const inputDto = ({ name, taskId, resultSha256, files }: Input): InputDto => ({
  name,
  task_id: taskId,
  result_sha256: resultSha256,
  files: files.map((file) => ({ name: file.name, size: file.sizeBytes, sha256: file.sha256 })),
});

const shardDto = ({ id, shardIndex, resultSha256 }: Task): ManifestShardDto => ({
  task_id: id,
  index: shardIndex ?? 0,
  result_sha256: resultSha256,
});
