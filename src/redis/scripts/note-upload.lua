-- A file of the task's attempt is about to be staged: whoever ends the task puts it in its place.
-- args: task_id attempt_id
-- Answers: {'applied'} | {'conflict'}

if redis.call('HGET', KEY.task .. task_id, 'attempt_id') ~= attempt_id then
  return { 'conflict' }
end
redis.call('HSET', KEY.task .. task_id, 'uploads', '1')
return { 'applied' }
