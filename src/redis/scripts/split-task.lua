-- Spreads a placeable task over shards: the parent runs, its shards can be placed, in the parent's place in the queue.
-- args: epoch task_id expected_attempt_id shards_json
-- shards_json: list of { id, fields = {name, value, …}, document }
-- Answers: {'split'} | {'task_changed'} | {'not_leader'}
-- Sent again after a lost reply, it finds its first shard and answers as before.

local shards = cjson.decode(shards_json)
if redis.call('EXISTS', KEY.task .. shards[1].id) == 1 then
  return { 'split' }
end
if deposed(epoch) then
  return { 'not_leader' }
end
local t = get(task_id, 'status', 'attempt_id', 'score', 'run', 'sequence')
if t[1] ~= 'PENDING' or (t[2] or '') ~= expected_attempt_id or not redis.call('ZSCORE', KEY.ready, task_id) then
  return { 'task_changed' }
end
-- First what a Redis that is out of memory refuses.
move(task_id, t[5], 'PENDING', 'RUNNING', 'started_at', NOW_TEXT, 'worker', 'MULTI', 'reason', '')
leave_queues(task_id, 'PENDING')
-- An earlier attempt of the whole has nothing to say any more.
redis.call('HDEL', KEY.task .. task_id, 'attempt_id', 'dispatched_at', 'note')
redis.call('DEL', KEY.shards .. task_id, KEY.openShards .. task_id)
local sequence = redis.call('INCRBY', KEY.sequence, #shards) - #shards
redis.call('HINCRBY', KEY.run .. t[4], 'tasks', #shards)
for i, shard in ipairs(shards) do
  redis.call('HSET', KEY.task .. shard.id, 'status', 'PENDING', 'run', t[4], 'sequence', sequence + i, 'score', t[3],
    'submitted_at', NOW_TEXT, 'parent', task_id, unpack(shard.fields))
  redis.call('SET', KEY.document .. shard.id, shard.document)
  redis.call('ZADD', KEY.tasks, sequence + i, shard.id)
  redis.call('ZADD', KEY.tasksByStatus .. 'PENDING', sequence + i, shard.id)
  redis.call('RPUSH', KEY.shards .. task_id, shard.id)
  redis.call('SADD', KEY.openShards .. task_id, shard.id)
  announce('TASK_SUBMITTED', shard.id, { parent_task_id = task_id })
  make_ready(shard.id)
end
announce('TASK_RUNNING', task_id, { worker_id = 'MULTI' })
return { 'split' }
