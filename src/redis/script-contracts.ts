/** What each Lua script takes and answers. The scripts' own headers say what the words mean. */
export const SCRIPT_ARGUMENTS = {
  'submit-run': [
    'run_id',
    'raw',
    'tasks_json',
    'external_ids_json',
    'max_open',
    'idempotency_key',
    'body_sha256',
    'is_expected',
  ],
  'dispatch-task': [
    'epoch',
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
    'timeout_us',
    'inputs',
  ],
  'start-task': ['task_id', 'status', 'attempt_id', 'held_us'],
  'complete-task': [
    'task_id',
    'status',
    'attempt_id',
    'worker_id',
    'result_sha256',
    'result_id',
    'heard',
    'indexed',
    'expected',
  ],
  'requeue-task': ['epoch', 'task_id', 'status', 'attempt_id', 'cause', 'reason', 'rest_max_us'],
  'back-off-task': ['epoch', 'task_id', 'status', 'attempt_id', 'delay_us', 'error_text', 'heard'],
  'abort-task': [
    'epoch',
    'task_id',
    'status',
    'attempt_id',
    'outcome',
    'error_text',
    'reason',
    'heard',
    'indexed',
  ],
  'explain-task': ['task_id', 'note'],
  'note-delivery': ['task_id', 'note'],
  'note-upload': ['task_id', 'attempt_id', 'upload_id', 'lease_us'],
  'split-task': ['epoch', 'task_id', 'expected_attempt_id', 'shards_json'],
  'attach-result': ['task_id', 'attempt_id', 'result_sha256', 'result_id'],
  'begin-deletion': ['epoch', 'task_id', 'cause', 'settled'],
  'check-deletion': ['task_id'],
  'forget-task': ['epoch', 'task_id'],
  'index-ended': ['task_ids_json'],
  'note-size': ['task_id', 'bytes'],
  'register-worker': ['worker_id', 'started_at', 'pid', 'announced'],
  'observe-worker': ['worker_id', 'heartbeat_ttl_us', 'excused'],
  'remove-worker': ['worker_id', 'heartbeat_ttl_us', 'keep_sec'],
  'remember-worker': ['worker_id', 'hash_json', 'keep_sec'],
  'restore-worker': ['worker_id'],
  'list-ready': ['task_ids_json'],
  'list-attempts': ['task_ids_json'],
  'read-workers': ['worker_ids_json'],
  lead: ['epoch', 'replica', 'lease_ms'],
  resign: ['epoch'],
} as const;

export type ScriptName = keyof typeof SCRIPT_ARGUMENTS;
export type ScriptArguments<N extends ScriptName> = Record<(typeof SCRIPT_ARGUMENTS)[N][number], string>;

type DeletionObstacle =
  | ['unknown']
  | ['open', status: string]
  | ['deleted', deletedAtUs: string]
  | ['needed', by: string, why: string];

/** The answers of each script: a word, and what comes with it. */
export interface ScriptAnswers {
  'submit-run':
    | ['submitted', submittedAtUs: string]
    | ['dependency_ended', id: string, status: string]
    | ['dependency_unknown', id: string]
    | ['dependency_deleted', id: string]
    | ['full', open: number]
    | ['replayed', taskIdsJson: string]
    | ['key_reused'];
  'dispatch-task':
    | ['dispatched', dispatchedAtUs: string]
    | ['task_changed']
    | ['worker_unavailable', why: string]
    | ['no_receiver']
    | ['not_leader'];
  'start-task': ['applied'] | ['conflict'];
  'complete-task': ['applied', hasUploads: '0' | '1'] | ['conflict'];
  'requeue-task': ['applied'] | ['conflict'] | ['early'] | ['not_leader'];
  'back-off-task': ['applied'] | ['conflict'] | ['not_leader'];
  'abort-task': ['applied', ended: number] | ['conflict'] | ['not_leader'];
  'explain-task': ['applied'] | ['unknown'];
  'note-delivery': ['applied'];
  'note-upload': ['applied'] | ['done'] | ['busy'] | ['conflict'];
  'split-task': ['split'] | ['task_changed'] | ['not_leader'];
  'attach-result': ['applied'] | ['conflict'];
  'begin-deletion': ['begun', storedBytes: string] | ['unsettled'] | DeletionObstacle | ['not_leader'];
  'check-deletion': ['free', storedBytes: string] | DeletionObstacle;
  'forget-task': ['forgotten'] | ['not_deleted'] | ['unknown'] | ['not_leader'];
  'index-ended': ['indexed'];
  'note-size': ['applied', totalBytes: number] | ['conflict'];
  'register-worker': ['registered'] | ['known'] | ['replaced', taskId: string, attemptId: string];
  'observe-worker': ['alive'] | ['returned'] | ['stale', heardAtUs: string, newly: '0' | '1'];
  'remove-worker': ['removed'] | ['alive'] | ['unknown'];
  'remember-worker': ['kept'] | ['known'];
  'restore-worker': ['restored'] | ['unknown'];
  'list-ready': [
    'listed',
    [
      id: string,
      score: string,
      resources: string,
      lastFailedWorker: string,
      uses: string,
      parallel: string,
    ][],
  ];
  'list-attempts': ['listed', attemptsJson: string];
  'read-workers': ['read', workersJson: string];
  lead:
    | ['leading', term: number, pulse: number, dataset: string]
    | ['following', replica: string, remainingMs: number, pulse: number, dataset: string];
  resign: ['resigned'] | ['not_leader'];
}
