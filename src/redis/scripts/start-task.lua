-- The worker says that it runs the task.
-- args: task_id status attempt_id held_us
-- held_us: since so long ago
-- Answers: {'applied'} | {'conflict'}

local sequence, worker, dispatched_at = as_read(task_id, status, attempt_id, 'worker', 'dispatched_at')
if not sequence then
  return { 'conflict' }
end
move(task_id, sequence, status, 'RUNNING', 'started_at', int(math.max(tonumber(dispatched_at or 0), NOW - held_us)))
redis.call('ZREM', KEY.unacknowledged, task_id)
-- A worker that answers listens.
local lease = KEY.lease .. (worker or '')
if redis.call('HGET', lease, 'attempt_id') == attempt_id then
  redis.call('HSET', lease, 'proven', '1', 'rests', '0')
end
announce('TASK_RUNNING', task_id, { worker_id = worker })
return { 'applied' }
