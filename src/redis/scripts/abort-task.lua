-- Ends a task without success, for good, with everything downstream, a shard's parent, and a parent's shards.
-- args: epoch task_id status attempt_id outcome error_text reason heard indexed
-- outcome: 'FAILED' | 'CANCELLED'. heard: '1' when the worker itself reported the end.
-- indexed: '1' where age or room bounds what is kept of ended tasks.
-- epoch: '' for the word of a worker or the wish of a client.
-- Answers: {'applied', how many tasks ended} | {'conflict'} | {'not_leader'}

if deposed(epoch) then
  return { 'not_leader' }
end
if not as_read(task_id, status, attempt_id) then
  return { 'conflict' }
end
return { 'applied', abort(task_id, outcome, error_text, reason, heard == '1', indexed) }
