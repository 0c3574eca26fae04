-- The worker says that it runs the task.
-- args: task_id status attempt_id
-- Answers: {'applied'} | {'conflict'}

if changed(task_id, status, attempt_id) then
  return reply('conflict')
end
local worker = redis.call('HGET', KEY.task .. task_id, 'worker')
move(task_id, status, 'RUNNING', 'started_at', int(NOW))
redis.call('ZREM', KEY.unacknowledged, task_id)
prove(worker, attempt_id)
announce('TASK_RUNNING', task_id, { worker_id = worker })
return reply('applied')
