/** `Upload-Metadata`: comma-separated pairs of a key and a value in Base64. What of it counts here, checked. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { attemptOf, readAttemptId } from '../artifacts/attempt-header';
import { readHexSha256 } from '../artifacts/expected-digest';
import { fileNameFault } from '../core/files/file-names';
import { type Issue, ProblemError } from '../core/errors';
import { type AttemptId, isTaskId, type TaskId } from '../core/ids';

export interface UploadMetadata {
  taskId: TaskId;
  filename: string;
  /** Hex; null: not said. */
  expectedSha256: string | null;
  attemptId: AttemptId | null;
  /** The header as it came. */
  text: string;
}

const HEADER = 'upload-metadata';
const PAIR = /^ *([^ ,]+)(?: +((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?))? *$/;

/** Keys that mean nothing here are left alone. 400 names what is missing or wrong. */
export function readUploadMetadata(request: IncomingMessage): UploadMetadata {
  const header = request.headers[HEADER];
  const text = typeof header === 'string' ? header : '';
  const values = parseUploadMetadata(text);
  const taskId = values.get('task_id') ?? '';
  const filename = values.get('filename') ?? '';
  const issues: Issue[] = [];
  if (!isTaskId(taskId)) {
    issues.push({ path: 'task_id', code: values.has('task_id') ? 'malformed' : 'missing', message: TASK_ID });
  }
  if (!values.has('filename')) {
    issues.push({ path: 'filename', code: 'missing', message: 'expected the name of the file' });
  }
  if (!isTaskId(taskId) || issues.length > 0) {
    throw new ProblemError('bad-request', 'Upload-Metadata does not say which file of which task.', issues);
  }
  const fault = fileNameFault(filename);
  if (fault !== null) throw fault;
  const said = values.get('sha256') ?? undefined;
  return {
    taskId,
    filename,
    expectedSha256: said === undefined ? null : readHexSha256(said),
    attemptId: attemptFrom(request, values.get('attempt_id') ?? undefined),
    text,
  };
}

const TASK_ID = 'expected the id of the task: [A-Za-z0-9_-]{1,128}';

/** The header, which all routes know, or the metadata, for clients that set no headers; 400 when they differ. */
function attemptFrom(request: IncomingMessage, said: string | undefined): AttemptId | null {
  const header = attemptOf(request);
  if (said === undefined || said === '') return header;
  const attempt = readAttemptId('attempt_id', said);
  if (header === null || header === attempt) return attempt;
  throw new ProblemError('bad-request', 'X-Orchestrator-Attempt and attempt_id name different attempts.');
}

/** null: a key without a value. 400 when the text is not well-formed. */
export function parseUploadMetadata(text: string): Map<string, string | null> {
  const values = new Map<string, string | null>();
  for (const pair of text === '' ? [] : text.split(',')) {
    const [match, key = '', value] = PAIR.exec(pair) ?? [];
    const bytes = Buffer.from(value ?? '', 'base64');
    if (match === undefined || values.has(key)) {
      throw malformed(key, 'expected pairs of a key, once each, and a value in Base64');
    }
    // A name whose bytes had to be replaced would be another name.
    if (!isUtf8(bytes)) throw malformed(key, 'the value is no UTF-8 text');
    values.set(key, value === undefined ? null : bytes.toString('utf8'));
  }
  return values;
}

const malformed = (path: string, message: string): ProblemError =>
  new ProblemError('bad-request', 'Upload-Metadata is not well-formed.', [
    { path, code: 'malformed', message },
  ]);
