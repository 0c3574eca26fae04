-- A worker registered, or is seen for the first time: unproven. Registering counts as a heartbeat; being found in the
-- list does not, since a worker that crashed stays there.
-- args: worker_id started_at pid announced
-- Answers: {'registered'} | {'known'} (the same process as before) | {'replaced', task_id, attempt_id} (another process held it under this id)

local lease = KEY.lease .. worker_id
local known = redis.call('HMGET', lease, 'started_at', 'pid', 'task_id', 'attempt_id')
if known[1] == started_at and known[2] == pid then
  return reply('known')
end
redis.call('PERSIST', lease)
redis.call('HSET', lease, 'started_at', started_at, 'pid', pid, 'proven', '0', 'rests', '0', 'stale', '0')
if announced == '1' then
  redis.call('HSET', lease, 'registered_at', int(NOW), 'heard_at', int(NOW))
end
redis.call('HDEL', lease, 'rest_until', 'muted_heartbeat', 'ended_task', 'ended_at', 'ended_heard')
if known[3] then
  return reply('replaced', known[3], known[4])
end
return reply('registered')
