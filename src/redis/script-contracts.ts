/** What each Lua script takes and answers. The scripts' own headers say what the words mean. */
export const SCRIPT_ARGUMENTS = {
  'submit-run': ['run_id', 'raw', 'tasks_json', 'external_ids_json'],
  'dispatch-task': [
    'task_id',
    'expected_attempt_id',
    'worker_id',
    'worker_started_at',
    'attempt_id',
    'topic',
    'head',
    'tail',
    'stale_files',
    'patience_us',
    'proving_patience_us',
    'heartbeat_ttl_us',
    'idle_grace_us',
  ],
  'start-task': ['task_id', 'status', 'attempt_id'],
  'complete-task': ['task_id', 'status', 'attempt_id', 'worker_id', 'result_sha256', 'heard'],
  'requeue-task': ['task_id', 'status', 'attempt_id', 'cause', 'reason', 'rest_max_us'],
  'back-off-task': ['task_id', 'status', 'attempt_id', 'delay_us', 'error_text'],
  'abort-task': ['task_id', 'status', 'attempt_id', 'outcome', 'error_text', 'reason', 'heard'],
  'explain-task': ['task_id', 'note'],
  'split-task': ['task_id', 'expected_attempt_id', 'shards_json'],
  'attach-result': ['task_id', 'attempt_id', 'result_sha256'],
  'register-worker': ['worker_id', 'started_at', 'pid', 'announced'],
  'observe-worker': ['worker_id', 'heartbeat_ttl_us'],
  'remove-worker': ['worker_id', 'heartbeat_ttl_us', 'keep_sec'],
  'restore-worker': ['worker_id'],
} as const;

export type ScriptName = keyof typeof SCRIPT_ARGUMENTS;
export type ScriptArguments<N extends ScriptName> = Record<(typeof SCRIPT_ARGUMENTS)[N][number], string>;

/** The answers of each script: a word, and what comes with it. */
export interface ScriptAnswers {
  'submit-run':
    | ['submitted', submittedAtUs: string]
    | ['dependency_ended', id: string, status: string]
    | ['dependency_unknown', id: string];
  'dispatch-task':
    | ['dispatched', dispatchedAtUs: string]
    | ['task_changed']
    | ['worker_unavailable', why: string]
    | ['no_receiver'];
  'start-task': ['applied'] | ['conflict'];
  'complete-task': ['applied'] | ['conflict'];
  'requeue-task': ['applied'] | ['conflict'] | ['early'];
  'back-off-task': ['applied'] | ['conflict'];
  'abort-task': ['applied', ended: number] | ['conflict'];
  'explain-task': ['applied'] | ['unknown'];
  'split-task': ['split'] | ['task_changed'];
  'attach-result': ['applied'] | ['conflict'];
  'register-worker': ['registered'] | ['known'] | ['replaced', taskId: string, attemptId: string];
  'observe-worker': ['alive'] | ['returned'] | ['stale', heardAtUs: string, newly: '0' | '1'];
  'remove-worker': ['removed'] | ['alive'] | ['unknown'];
  'restore-worker': ['restored'] | ['unknown'];
}
