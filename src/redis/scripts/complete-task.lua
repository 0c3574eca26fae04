-- The task succeeded: DONE, once. Dependents with nothing left to wait for can be placed; the last shard wakes its parent.
-- args: task_id status attempt_id worker_id result_sha256
-- worker_id: who did it ('' keeps the one that was assigned). result_sha256: '' when no result is stored (yet).
-- Answers: {'applied'} | {'conflict'}

if changed(task_id, status, attempt_id) then
  return reply('conflict')
end
local f = get(task_id, 'worker', 'parent', 'started_at', 'dispatched_at')
move(task_id, status, 'DONE', 'finished_at', int(NOW), 'error', '', 'reason', '')
redis.call('HDEL', KEY.task .. task_id, 'next_retry_at')
if f[4] and not f[3] then
  -- Its acknowledgement was not heard before its end.
  redis.call('HSET', KEY.task .. task_id, 'started_at', f[4])
end
if worker_id ~= '' then
  redis.call('HSET', KEY.task .. task_id, 'worker', worker_id)
end
if result_sha256 ~= '' then
  redis.call('HSET', KEY.task .. task_id, 'result_sha256', result_sha256)
end
leave_queues(task_id)
if f[1] and redis.call('HGET', KEY.lease .. f[1], 'attempt_id') == attempt_id then
  redis.call('HSET', KEY.lease .. f[1], 'proven', '1', 'rests', '0')
end
end_lease(f[1], attempt_id, task_id, true)
redis.call('DEL', KEY.waitingOn .. task_id)
redis.call('SREM', KEY.aggregating, task_id)
release_dependents(task_id)
if f[2] and redis.call('SREM', KEY.openShards .. f[2], task_id) == 1 and redis.call('EXISTS', KEY.openShards .. f[2]) == 0 then
  redis.call('SADD', KEY.aggregating, f[2])
  ring('aggregate', f[2])
end
announce('TASK_ENDED', task_id, { status = 'DONE', worker_id = worker_id ~= '' and worker_id or f[1] or nil })
return reply('applied')
