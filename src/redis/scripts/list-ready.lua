-- What the queues need to know of placeable tasks: many at once, for a scheduler that starts.
-- args: task_ids_json
-- Answers: {'listed', {{id, score, resources, last_failed_worker, uses, parallel}, …}}; '' where there is nothing.
-- Ids that cannot be placed (any more) are left out.

local list = {}
for _, id in ipairs(cjson.decode(task_ids_json)) do
  local score = redis.call('ZSCORE', KEY.ready, id)
  local f = get(id, 'resources', 'last_failed_worker', 'uses', 'parallel')
  if score and f[1] then
    list[#list + 1] = { id, score, f[1], f[2] or '', f[3] or '', f[4] or '' }
  end
end
return { 'listed', list }
