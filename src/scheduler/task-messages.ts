/** The message that a worker gets for an attempt: the document with its templates resolved, within the size limit. */
import { Injectable } from '@nestjs/common';
import { type FileOfTask, FileUrls } from '../artifacts/file-urls';
import { AppConfig } from '../config/app-config';
import { err, ok, type Result } from '../core/errors';
import type { AttemptId, WorkerId } from '../core/ids';
import type { JsonValue } from '../core/json';
import type { Task, TaskDocument } from '../core/model';
import { isPartial } from '../core/template/partial';
import { formatInputs } from '../core/manifest/inputs';
import { resolveDocument } from '../core/template/resolve';
import { mapStrings } from '../core/template/strings';
import { pickPaths, upstreamPaths, withUpstreamResults } from '../core/template/upstream';
import { prepareDestination } from '../core/wire/destination';
import { dispatchMessage, type DispatchText } from '../core/wire/dispatch-message';
import { TaskTraces } from '../tasks/task-traces';
import { unresolved, type Doom } from './doom';
import { TaskInputs, type Inputs } from './task-inputs';
import { UpstreamFiles } from './upstream-files';

export interface Message {
  text: DispatchText;
  /** What it gives of other tasks, as it is kept with the task; null for one that depends on none. */
  inputs: string | null;
}

@Injectable()
export class TaskMessages {
  constructor(
    private readonly inputs: TaskInputs,
    private readonly urls: FileUrls,
    private readonly files: UpstreamFiles,
    private readonly traces: TaskTraces,
    private readonly config: AppConfig,
  ) {}

  async build(
    task: Task,
    document: TaskDocument,
    to: { worker: WorkerId; attemptId: AttemptId },
  ): Promise<Result<Message, Doom>> {
    const trace = this.traces.isOn ? this.traces.headersOfAttempt(task, to.attemptId) : null;
    const text = (sent: TaskDocument): DispatchText =>
      dispatchMessage({
        taskId: task.id,
        document: prepareDestination(sent, to.attemptId, trace),
        taskType: task.taskType,
        assignedWorker: to.worker,
        parentTaskId: task.parentId,
        shard:
          task.shardIndex === null || task.shardTotal === null
            ? null
            : { index: task.shardIndex, total: task.shardTotal },
        attempt: task.attempt + 1,
        attemptId: to.attemptId,
        trace,
      });

    if (task.dependsOn.length === 0) return this.fitting(document, text(document), null, null);
    const loaded = await this.inputs.load(task, document);
    if (!loaded.ok) return loaded;
    const inputs = loaded.value;
    const signed: FileOfTask[] = [];
    const signUrl = (url: string): string => {
      const file = this.urls.fileIn(url);
      if (file !== null) signed.push(file);
      return this.urls.sign(url);
    };
    const resolved = resolveDocument(document, inputs.byName, { hasDependencies: true, signUrl });
    if (!resolved.ok) return err(unresolved(resolved.error));
    const base = task.parentId === null ? resolved.value : withSignedData(resolved.value, signUrl);
    const followed = await this.files.given(task, signed);
    const envelopes = wholeOnes(inputs);
    const whole = envelopes === null ? null : text(withUpstreamResults(base, envelopes));
    if (whole !== null && whole.sizeBytes <= this.config.maxMessageBytes) {
      return ok({ text: whole, inputs: formatInputs(inputs.given(() => true, followed)) });
    }

    const paths = upstreamPaths(document, inputs.direct.keys());
    const reduced = new Map(
      [...inputs.direct].flatMap(([name, envelope]): [string, JsonValue][] => {
        const wanted = paths.get(name);
        return wanted === undefined || envelope === null ? [] : [[name, pickPaths(envelope, wanted)]];
      }),
    );
    const given = inputs.given((name) => reduced.has(name), followed);
    return this.fitting(base, text(withUpstreamResults(base, reduced)), formatInputs(given), reduced);
  }

  private fitting(
    document: TaskDocument,
    message: DispatchText,
    inputs: string | null,
    upstream: ReadonlyMap<string, JsonValue> | null,
  ): Result<Message, Doom> {
    if (message.sizeBytes <= this.config.maxMessageBytes) return ok({ text: message, inputs });
    const parts = Object.entries(document.spec).map(([key, value]): [string, number] => [
      `spec.${key}`,
      sizeOf(value),
    ]);
    for (const [name, value] of upstream ?? []) parts.push([`spec._upstreamResults.${name}`, sizeOf(value)]);
    const largest = parts.sort(([, left], [, right]) => right - left).slice(0, 10);
    const sizes = largest.map(([name, bytes]) => `${name} ${String(bytes)}`).join(', ');
    return err({
      error: `message_too_large: ${String(message.sizeBytes)} bytes, at most ${String(this.config.maxMessageBytes)} (MAX_MESSAGE_BYTES) go to a worker; bytes by part: ${sizes}`,
      reason: 'message_too_large',
    });
  }
}

/** A shard's items were cut out of its parent's resolved data: URLs of ours among them are signed here. */
function withSignedData(document: TaskDocument, signUrl: (url: string) => string): TaskDocument {
  const { data } = document.spec;
  if (data === undefined) return document;
  return { ...document, spec: { ...document.spec, data: mapStrings(data, signUrl) } };
}

/** The envelopes that are there; null when one is too large to be given as a whole. */
function wholeOnes(inputs: Inputs): Map<string, JsonValue> | null {
  const envelopes = new Map<string, JsonValue>();
  for (const [name, envelope] of inputs.direct) {
    if (envelope === null) continue;
    if (isPartial(envelope)) return null;
    envelopes.set(name, envelope);
  }
  return envelopes;
}

const sizeOf = (value: JsonValue): number => Buffer.byteLength(JSON.stringify(value));
