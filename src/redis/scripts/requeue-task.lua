-- Back to PENDING, at once placeable: undelivered, lost with its worker, or due for its retry.
-- args: epoch task_id status attempt_id cause reason rest_max_us
-- cause: 'undelivered' | 'lost' | 'due'. After an undelivered message a proven worker is left alone until its next
-- heartbeat; an unproven one may not listen yet and rests 1, 2, 4 … seconds, rest_max_us at most.
-- Answers: {'applied'} | {'conflict'} | {'early'} (a retry that is not due by Redis' clock) | {'not_leader'}

if deposed(epoch) then
  return { 'not_leader' }
end
local sequence, worker, due, timeout_sec = as_read(task_id, status, attempt_id, 'worker', 'next_retry_at', 'timeout_sec')
if not sequence then
  return { 'conflict' }
end
if cause == 'due' and tonumber(due or 0) > NOW then
  return { 'early' }
end
move(task_id, sequence, status, 'PENDING', 'reason', reason)
redis.call('HDEL', KEY.task .. task_id, 'next_retry_at', 'started_at')
leave_queues(task_id, status, timeout_sec)
if cause == 'lost' then
  redis.call('HINCRBY', KEY.task .. task_id, 'losses', 1)
elseif cause == 'undelivered' then
  redis.call('HINCRBY', KEY.task .. task_id, 'undelivered', 1)
end
if cause ~= 'due' then
  local lease = KEY.lease .. worker
  local l = redis.call('HMGET', lease, 'attempt_id', 'proven', 'rests')
  if cause == 'undelivered' and l[1] == attempt_id then
    if l[2] == '1' then
      redis.call('HSET', lease, 'muted_heartbeat', heartbeat_of(worker) or '')
    else
      local rest_us = math.min(tonumber(rest_max_us), 1000000 * 2 ^ tonumber(l[3] or 0))
      redis.call('HSET', lease, 'rest_until', int(NOW + rest_us))
      redis.call('HINCRBY', lease, 'rests', 1)
      ring('resting', { worker, rest_us })
    end
  end
  end_lease(worker, attempt_id, task_id, false)
  announce('TASK_RETRYING', task_id, { reason = reason })
end
make_ready(task_id)
return { 'applied' }
