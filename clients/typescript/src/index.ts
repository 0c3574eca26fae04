/** What the package gives to those who import it. */
export {
  type CallOptions,
  type ClientOptions,
  type Download,
  type Envelope,
  type FileBody,
  type ListOptions,
  Orchestrator,
  type StoredFile,
  type Submission,
  type TaskRecord,
  type TaskStatus,
  type UploadedFile,
  type WorkerRecord,
} from './client';
export type { components, operations, paths } from './generated/api';
export { type Issue, ProblemError, UnreachableError } from './problem';
export { isEnded, type WaitOptions, WaitTimeoutError } from './wait';
