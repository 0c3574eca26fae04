-- Writes all tasks of a document at once, or none.
-- args: run_id raw tasks_json external_ids_json max_open idempotency_key body_sha256 is_expected
-- tasks_json: list of { id, fields = {name, value, …}, document, priority_us, waits_for = {ids} }, in document order.
-- Answers: {'submitted', submitted_at} | {'dependency_ended', id, status} | {'dependency_unknown', id}
--   | {'dependency_deleted', id} | {'full', open} | {'replayed', task_ids_json} | {'key_reused'}
-- open: how many tasks are not at their end, of max_open at most.
-- idempotency_key: '' or a digest of the client's key. What was submitted with it within the last day is not written
-- again: with the same body it is answered as 'replayed', with another as 'key_reused'.
-- is_expected: '1' when the caller schedules, and has queued the tasks that wait for nothing.
-- Sent again after a lost reply, it finds the run and answers as before.

local DAY_SEC = 86400

local submitted_at = redis.call('HGET', KEY.run .. run_id, 'submitted_at')
if submitted_at then
  return { 'submitted', submitted_at }
end

local key = KEY.idempotencyKey .. idempotency_key
if idempotency_key ~= '' then
  local earlier = redis.call('HMGET', key, 'body_sha256', 'task_ids')
  if earlier[1] then
    if earlier[1] ~= body_sha256 then
      return { 'key_reused' }
    end
    return { 'replayed', earlier[2] }
  end
end

local done = {}
for _, id in ipairs(cjson.decode(external_ids_json)) do
  local status, deleted_at = unpack(get(id, 'status', 'deleted_at'))
  if not status then
    return { 'dependency_unknown', id }
  elseif deleted_at then
    return { 'dependency_deleted', id }
  elseif status == 'FAILED' or status == 'CANCELLED' then
    return { 'dependency_ended', id, status }
  end
  done[id] = status == 'DONE'
end

local tasks = cjson.decode(tasks_json)
local open = 0
for _, status in ipairs({ 'PENDING', 'WAITING', 'DISPATCHED', 'RUNNING' }) do
  open = open + redis.call('ZCARD', KEY.tasksByStatus .. status)
end
if open + #tasks > tonumber(max_open) then
  return { 'full', open }
end
redis.call('HSET', KEY.run .. run_id, 'submitted_at', NOW_TEXT, 'raw', raw, 'tasks', #tasks)
if idempotency_key ~= '' then
  local ids = {}
  for i, task in ipairs(tasks) do
    ids[i] = task.id
  end
  redis.call('HSET', key, 'body_sha256', body_sha256, 'task_ids', cjson.encode(ids))
  redis.call('EXPIRE', key, DAY_SEC)
end
local rings = is_expected ~= '1' or not at_home()
local sequence = redis.call('INCRBY', KEY.sequence, #tasks) - #tasks
for i, task in ipairs(tasks) do
  local id = task.id
  local number = sequence + i
  -- Linear aging as a score that never changes: a higher priority counts as an earlier submission.
  task.score = int(NOW - task.priority_us + i)
  redis.call('HSET', KEY.task .. id, 'status', 'PENDING', 'run', run_id, 'sequence', number,
    'score', task.score, 'submitted_at', NOW_TEXT, unpack(task.fields))
  redis.call('SET', KEY.document .. id, task.document)
  redis.call('ZADD', KEY.tasks, number, id)
  redis.call('ZADD', KEY.tasksByStatus .. 'PENDING', number, id)
  announce('TASK_SUBMITTED', id)
end
for _, task in ipairs(tasks) do
  local waits = 0
  for _, dependency in ipairs(task.waits_for) do
    -- Of one that is done, this says that its result is needed.
    redis.call('RPUSH', KEY.dependents .. dependency, task.id)
    if not done[dependency] then
      redis.call('SADD', KEY.waitingOn .. task.id, dependency)
      waits = waits + 1
    end
  end
  if waits == 0 and #task.waits_for == 0 and not rings then
    redis.call('ZADD', KEY.ready, task.score, task.id)
  elseif waits == 0 then
    make_ready(task.id)
  end
end
return { 'submitted', NOW_TEXT }
