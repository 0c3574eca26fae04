-- Ends a task without success, for good, with everything downstream, a shard's parent, and a parent's shards.
-- args: task_id status attempt_id outcome error_text reason heard
-- outcome: 'FAILED' | 'CANCELLED'. heard: '1' when the worker itself reported the end.
-- Answers: {'applied', how many tasks ended} | {'conflict'}

if changed(task_id, status, attempt_id) then
  return reply('conflict')
end
return reply('applied', abort(task_id, outcome, error_text, reason, heard == '1'))
