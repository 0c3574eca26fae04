-- A worker registered, or is seen for the first time: unproven. Registering counts as a heartbeat; being found in the
-- list does not, since a worker that crashed stays there.
-- args: worker_id started_at pid announced
-- Answers: {'registered'} | {'known'} (the same process as before) | {'replaced', task_id, attempt_id} (another process held it under this id;
-- said until that attempt has ended, since whoever was told first may not have lived to act on it)

local lease = KEY.lease .. worker_id
local known = redis.call('HMGET', lease, 'started_at', 'pid', 'task_id', 'attempt_id', 'orphaned')
local task, attempt, orphaned = known[3], known[4], known[5]
local is_same = known[1] == started_at and known[2] == pid
-- Of a worker that was sent a task before it was registered here, its start is known and its pid is not.
local is_another = known[1] and (known[1] ~= started_at or (known[2] and known[2] ~= pid))
-- What is known of a worker goes after a while once it is off the list.
if redis.call('SISMEMBER', KEY.workerIds, worker_id) == 1 then
  redis.call('PERSIST', lease)
end
if is_same then
  if attempt and orphaned == attempt then
    return { 'replaced', task, attempt }
  end
  return { 'known' }
end
redis.call('HSET', lease, 'started_at', started_at, 'pid', pid, 'proven', '0', 'rests', '0', 'stale', '0')
if announced == '1' then
  redis.call('HSET', lease, 'registered_at', NOW_TEXT, 'heard_at', NOW_TEXT)
end
redis.call('HDEL', lease, 'rest_until', 'muted_heartbeat', 'ended_task', 'ended_at', 'ended_heard')
if attempt and is_another then
  redis.call('HSET', lease, 'orphaned', attempt)
  return { 'replaced', task, attempt }
end
return { 'registered' }
