-- The task succeeded: DONE, once. Dependents with nothing left to wait for can be placed; the last shard wakes its parent.
-- args: task_id status attempt_id worker_id result_sha256 result_id heard indexed expected
-- worker_id: who did it ('' keeps the one that was assigned). result_sha256, result_id: '' when no result is stored (yet).
-- heard: '1' when the evidence is of the attempt that holds the lease.
-- expected: JSON list of dependents that the caller, if it schedules, has queued already; '' for none.
-- indexed: '1' where age or room bounds what is kept of ended tasks.
-- Answers: {'applied', has_uploads} | {'conflict'}  (has_uploads: '1' when files of its attempts were staged)

local sequence, assigned, parent, started_at, dispatched_at, uploads, ttl_sec, timeout_sec = as_read(task_id, status,
  attempt_id, 'worker', 'parent', 'started_at', 'dispatched_at', 'uploads', 'ttl_sec', 'timeout_sec')
if not sequence then
  return { 'conflict' }
end
local changes = { 'finished_at', NOW_TEXT, 'error', '', 'reason', '' }
local function note(field, value)
  changes[#changes + 1] = field
  changes[#changes + 1] = value
end
if dispatched_at and not started_at then
  -- Its acknowledgement was not heard before its end.
  note('started_at', dispatched_at)
end
if worker_id ~= '' then
  note('worker', worker_id)
end
if result_sha256 ~= '' then
  note('result_sha256', result_sha256)
  note('result_id', result_id)
end
move(task_id, sequence, status, 'DONE', unpack(changes))
if result_sha256 ~= '' or uploads then
  redis.call('SADD', KEY.unsettled, task_id)
end
index_end(task_id, NOW, ttl_sec, indexed)
leave_queues(task_id, status, timeout_sec)
if status == 'PENDING' then
  redis.call('DEL', KEY.waitingOn .. task_id)
elseif status == 'WAITING' then
  redis.call('HDEL', KEY.task .. task_id, 'next_retry_at')
end
end_lease(assigned, attempt_id, task_id, heard == '1')
release_dependents(task_id, expected)
if worker_id == 'MULTI' then
  redis.call('SADD', KEY.delivering, task_id)
  announce('TASK_AGGREGATED', task_id, { shards = redis.call('LLEN', KEY.shards .. task_id) })
end
if assigned == 'MULTI' then
  -- A parent that got its result from elsewhere needs its shards no more.
  for _, shard in ipairs(redis.call('SMEMBERS', KEY.openShards .. task_id)) do
    abort(shard, 'CANCELLED', '', 'parent ' .. task_id .. ' is done', false, indexed)
  end
  redis.call('DEL', KEY.openShards .. task_id)
  redis.call('SREM', KEY.aggregating, task_id)
end
if parent and redis.call('SREM', KEY.openShards .. parent, task_id) == 1 and redis.call('EXISTS', KEY.openShards .. parent) == 0
  and not TERMINAL[redis.call('HGET', KEY.task .. parent, 'status')] then
  redis.call('SADD', KEY.aggregating, parent)
  ring('aggregate', parent)
end
announce('TASK_ENDED', task_id, { status = 'DONE', worker_id = worker_id ~= '' and worker_id or assigned or nil })
return { 'applied', uploads or '0' }
