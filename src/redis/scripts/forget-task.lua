-- Removes the record of a task whose result and files are deleted, from memory and disk; with the last one of a document
-- its text goes.
-- args: epoch task_id
-- Answers: {'forgotten'} | {'not_deleted'} | {'unknown'} | {'not_leader'}
-- not_deleted: it has not ended, or its files may still be there.

if deposed(epoch) then
  return { 'not_leader' }
end
local f = get(task_id, 'status', 'deleted_at', 'run')
if not f[1] then
  redis.call('ZREM', KEY.deleted, task_id)
  return { 'unknown' }
end
if not f[2] or redis.call('ZSCORE', KEY.deleting, task_id) then
  return { 'not_deleted' }
end
for _, prefix in ipairs({ KEY.task, KEY.document, KEY.waitingOn, KEY.dependents, KEY.shards, KEY.openShards }) do
  redis.call('DEL', prefix .. task_id)
end
for _, index in ipairs({ KEY.tasks, KEY.tasksByStatus .. f[1], KEY.deleted }) do
  redis.call('ZREM', index, task_id)
end
if redis.call('HINCRBY', KEY.run .. f[3], 'tasks', -1) <= 0 then
  redis.call('DEL', KEY.run .. f[3])
end
return { 'forgotten' }
