-- What would become of the wish to delete the result and the files of a task; changes nothing.
-- args: task_id
-- Answers: {'free', stored_bytes} | {'unknown'} | {'open', status} | {'deleted', deleted_at} | {'needed', task_id, why}
-- As begin-deletion has them.

local obstacle = obstacle_to_deletion(task_id)
if obstacle then
  return obstacle
end
return { 'free', redis.call('HGET', KEY.task .. task_id, 'stored_bytes') or '' }
