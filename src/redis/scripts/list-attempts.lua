-- Where tasks stand that have an attempt: many at once, for the look at everything that is in flight.
-- args: task_ids_json
-- Answers: {'listed', attempts}  (attempts: JSON, [[id, status, worker], …])
-- Tasks that run as their shards, or have left, are left out.

local list = {}
for _, id in ipairs(cjson.decode(task_ids_json)) do
  local f = get(id, 'status', 'attempt_id', 'worker')
  if f[1] and f[2] and f[2] ~= '' then
    list[#list + 1] = { id, f[1], f[3] or '' }
  end
end
return { 'listed', #list > 0 and cjson.encode(list) or '[]' }
