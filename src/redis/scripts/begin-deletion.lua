-- From here on an ended task has no result and no files any more, whatever is still on disk.
-- args: epoch task_id cause settled
-- epoch: '' for the wish of a client. cause: 'ttl' | 'quota' | 'request'.
-- settled: '1' when what may be on its way to its final place was looked for.
-- Answers: {'begun', stored_bytes} | {'unsettled'} | {'unknown'} | {'open', status} | {'deleted', deleted_at}
--   | {'needed', task_id, why} | {'not_leader'}
-- stored_bytes: what was counted of it, or ''. why: 'dependent' | 'parent' | 'delivery'.
-- Sent again after a lost reply, it finds its own work and answers 'deleted'.

if deposed(epoch) then
  return { 'not_leader' }
end
local obstacle = obstacle_to_deletion(task_id)
if obstacle then
  return obstacle
end
if settled ~= '1' and redis.call('SISMEMBER', KEY.unsettled, task_id) == 1 then
  return { 'unsettled' }
end
local f = get(task_id, 'stored_bytes', 'finished_at')
redis.call('HSET', KEY.task .. task_id, 'deleted_at', NOW_TEXT, 'deleted_because', cause)
if f[1] then
  redis.call('HDEL', KEY.task .. task_id, 'stored_bytes')
  redis.call('DECRBY', KEY.storedBytes, f[1])
end
redis.call('ZREM', KEY.ended, task_id)
redis.call('ZREM', KEY.expiring, task_id)
redis.call('SREM', KEY.unsettled, task_id)
redis.call('ZADD', KEY.deleted, f[2] or 0, task_id)
redis.call('ZADD', KEY.deleting, NOW_TEXT, task_id)
announce('TASK_RESULT_DELETED', task_id, { reason = cause })
return { 'begun', f[1] or '' }
