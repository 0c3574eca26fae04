-- The task succeeded: DONE, once. Dependents with nothing left to wait for can be placed; the last shard wakes its parent.
-- args: task_id status attempt_id worker_id result_sha256 result_id heard
-- worker_id: who did it ('' keeps the one that was assigned). result_sha256, result_id: '' when no result is stored (yet).
-- heard: '1' when the evidence is of the attempt that holds the lease.
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
  redis.call('HSET', KEY.task .. task_id, 'result_sha256', result_sha256, 'result_id', result_id)
  redis.call('SADD', KEY.unsettled, task_id)
end
leave_queues(task_id)
if heard == '1' then
  prove(f[1], attempt_id)
end
end_lease(f[1], attempt_id, task_id, heard == '1')
redis.call('DEL', KEY.waitingOn .. task_id)
redis.call('SREM', KEY.aggregating, task_id)
release_dependents(task_id)
if worker_id == 'MULTI' then
  redis.call('SADD', KEY.delivering, task_id)
  announce('TASK_AGGREGATED', task_id, { shards = redis.call('LLEN', KEY.shards .. task_id) })
end
-- A parent that got its result from elsewhere needs its shards no more.
for _, shard in ipairs(redis.call('SMEMBERS', KEY.openShards .. task_id)) do
  abort(shard, 'CANCELLED', '', 'parent ' .. task_id .. ' is done', false)
end
redis.call('DEL', KEY.openShards .. task_id)
if f[2] and redis.call('SREM', KEY.openShards .. f[2], task_id) == 1 and redis.call('EXISTS', KEY.openShards .. f[2]) == 0
  and not TERMINAL[redis.call('HGET', KEY.task .. f[2], 'status')] then
  redis.call('SADD', KEY.aggregating, f[2])
  ring('aggregate', f[2])
end
announce('TASK_ENDED', task_id, { status = 'DONE', worker_id = worker_id ~= '' and worker_id or f[1] or nil })
return reply('applied')
