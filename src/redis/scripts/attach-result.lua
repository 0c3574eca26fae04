-- A result that came after TASK_SUCCEEDED had ended its task: the first one is the task's result.
-- args: task_id attempt_id result_sha256 result_id
-- Answers: {'applied'} | {'conflict'}

local f = get(task_id, 'status', 'attempt_id', 'result_sha256', 'deleted_at')
if f[1] ~= 'DONE' or (f[2] or '') ~= attempt_id or (f[3] or '') ~= '' or f[4] then
  return { 'conflict' }
end
redis.call('HSET', KEY.task .. task_id, 'result_sha256', result_sha256, 'result_id', result_id)
redis.call('SADD', KEY.unsettled, task_id)
return { 'applied' }
