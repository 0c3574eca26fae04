-- Says with a task how it is treated and why, for instance why it is not split.
-- args: task_id note
-- Answers: {'applied'} | {'unknown'}

if redis.call('EXISTS', KEY.task .. task_id) == 0 then
  return { 'unknown' }
end
redis.call('HSET', KEY.task .. task_id, 'note', note)
return { 'applied' }
