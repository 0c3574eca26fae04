-- The attempt failed and retries are left: WAITING until the backoff is over.
-- args: epoch task_id status attempt_id delay_us error_text heard
-- heard: '1' when the worker reported it; else its time was over, it may be busy still, and only the leader says so.
-- Answers: {'applied'} | {'conflict'} | {'not_leader'}

if deposed(epoch) then
  return { 'not_leader' }
end
local sequence, worker, timeout_sec = as_read(task_id, status, attempt_id, 'worker', 'timeout_sec')
if not sequence then
  return { 'conflict' }
end
local due = NOW + tonumber(delay_us)
move(task_id, sequence, status, 'WAITING', 'next_retry_at', int(due), 'error', error_text, 'last_failed_worker', worker or '')
redis.call('HINCRBY', KEY.task .. task_id, 'retries', 1)
redis.call('HDEL', KEY.task .. task_id, 'started_at')
leave_queues(task_id, status, timeout_sec)
redis.call('ZADD', KEY.retries, int(due), task_id)
end_lease(worker, attempt_id, task_id, heard == '1')
ring('retry', task_id)
announce('TASK_RETRYING', task_id, { error = error_text, next_retry_at = iso(due) })
return { 'applied' }
