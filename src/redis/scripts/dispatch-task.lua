-- Sends a placeable task to a free worker: lease, attempt and message in one step.
-- args: epoch task_id expected_attempt_id worker_id worker_started_at attempt_id topic head tail stale_files patience_us proving_patience_us heartbeat_ttl_us idle_grace_us timeout_us inputs
-- head, tail: the message around `dispatched_at`, which is unique to the attempt. stale_files: JSON or ''. timeout_us: how
-- long the attempt may take, or ''. inputs: what it is given of other tasks, JSON or ''.
-- Answers: {'dispatched', dispatched_at} | {'task_changed'} | {'worker_unavailable', why} | {'no_receiver'} | {'not_leader'}
-- Sent again after a lost reply, it finds its own attempt and answers as before.

local t = get(task_id, 'status', 'attempt_id', 'dispatched_at', 'attempt', 'sequence', 'started_at', 'score')
if t[2] == attempt_id then
  return { 'dispatched', t[3] }
end
if deposed(epoch) then
  return { 'not_leader' }
end
if t[1] ~= 'PENDING' or (t[2] or '') ~= expected_attempt_id then
  return { 'task_changed' }
end

local lease = KEY.lease .. worker_id
local ours = redis.call('HMGET', lease, 'task_id', 'rest_until', 'muted_heartbeat', 'ended_task', 'ended_at', 'ended_heard',
  'registered_at', 'proven', 'started_at')
local theirs = peek('HMGET', KEY.worker .. worker_id, 'status', 'started_at', 'extra_task_id') or {}
local heartbeat = heartbeat_of(worker_id)

local function unavailable()
  if ours[1] then
    return 'it holds task ' .. ours[1]
  end
  if (theirs[2] or '') ~= worker_started_at then
    return 'it restarted'
  end
  if tonumber(ours[2] or 0) > NOW then
    return 'it rests, since it did not answer'
  end
  if not heartbeat and tonumber(ours[7] or 0) + tonumber(heartbeat_ttl_us) < NOW then
    return 'its heartbeat is gone'
  end
  if ours[3] and ours[3] == (heartbeat or '') then
    return 'it did not answer, and has not been heard since'
  end
  if theirs[1] == 'IDLE' then
    return nil
  end
  -- A worker whose end of this very task was heard has lost its IDLE on the way.
  if theirs[1] == 'RUNNING' and theirs[3] and theirs[3] == ours[4] and ours[6] == '1'
    and tonumber(ours[5]) + tonumber(idle_grace_us) < NOW then
    return nil
  end
  return 'it is ' .. (theirs[1] or 'without a status')
end

local why = unavailable()
if why then
  return { 'worker_unavailable', why }
end

local dispatched_at = math.max(NOW, tonumber(t[3] or 0) + 1)
local dispatched_text = int(dispatched_at)
local dispatched_iso = iso(dispatched_at)
-- Written before it is published: a Redis that is out of memory refuses the first write, and nothing went out.
redis.call('HSET', lease, 'task_id', task_id, 'attempt_id', attempt_id, 'since', dispatched_text)
if redis.call('ZREM', KEY.ready, task_id) == 0 then
  redis.call('HDEL', lease, 'task_id', 'attempt_id', 'since')
  return { 'task_changed' }
end
if redis.call('PUBLISH', topic, head .. dispatched_iso .. tail) == 0 then
  redis.call('ZADD', KEY.ready, t[7], task_id)
  redis.call('HDEL', lease, 'task_id', 'attempt_id', 'since')
  return { 'no_receiver' }
end
if not ours[9] then
  -- It may not be registered here yet: which process has the task is known all the same.
  redis.call('HSET', lease, 'started_at', worker_started_at)
end
local changes = { 'attempt_id', attempt_id, 'attempt', tonumber(t[4] or 0) + 1, 'worker', worker_id,
  'dispatched_at', dispatched_text, 'reason', '' }
local function note(field, value)
  if value ~= '' then
    changes[#changes + 1] = field
    changes[#changes + 1] = value
  end
end
note('stale_files', stale_files)
note('inputs', inputs)
move(task_id, t[5], 'PENDING', 'DISPATCHED', unpack(changes))
if t[6] then
  redis.call('HDEL', KEY.task .. task_id, 'started_at')
end
redis.call('ZADD', KEY.unacknowledged, int(NOW + tonumber(ours[8] == '1' and patience_us or proving_patience_us)), task_id)
if timeout_us ~= '' then
  redis.call('ZADD', KEY.deadlines, int(dispatched_at + tonumber(timeout_us)), task_id)
end
-- What the hash says of earlier tasks is no evidence for this one.
redis.call('HDEL', KEY.worker .. worker_id, 'extra_task_id', 'extra_last_task')
announce('TASK_DISPATCHED', task_id, { worker_id = worker_id, attempt_id = attempt_id, dispatched_at = dispatched_iso })
return { 'dispatched', dispatched_text }
