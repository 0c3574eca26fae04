-- The worker says that it runs the task.
-- args: task_id status attempt_id
-- Answers: {'applied'} | {'conflict'}

local is_as_read, worker = as_read(task_id, status, attempt_id, 'worker')
if not is_as_read then
  return { 'conflict' }
end
move(task_id, status, 'RUNNING', 'started_at', int(NOW))
redis.call('ZREM', KEY.unacknowledged, task_id)
prove(worker, attempt_id)
announce('TASK_RUNNING', task_id, { worker_id = worker })
return { 'applied' }
