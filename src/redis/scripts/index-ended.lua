-- Puts ended tasks into the indexes of retention that ended while nothing was to be deleted; those that are there stay.
-- args: task_ids_json
-- Answers: {'indexed'}

for _, id in ipairs(cjson.decode(task_ids_json)) do
  local f = get(id, 'status', 'finished_at', 'ttl_sec', 'deleted_at')
  if f[4] then
    redis.call('ZADD', KEY.deleted, f[2] or 0, id)
  elseif TERMINAL[f[1]] then
    index_end(id, f[2] or NOW, f[3], '1')
  end
end
return { 'indexed' }
