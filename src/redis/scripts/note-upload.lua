-- A file is about to come to its place: whoever ends the task puts it there, and who brings a file after that end waits for
-- it first. Also again and again, while it takes time.
-- args: task_id attempt_id upload_id lease_us
-- attempt_id: '' for a file of no attempt. lease_us: how long the others wait should nothing more be heard of it.
-- Answers: {'applied'} | {'done'} | {'busy'} | {'conflict'}
-- done: the task is DONE, with all files that were on their way then in their place. busy: it is, and some are not.

local arriving = KEY.arriving .. task_id
local given_up_at = redis.call('ZSCORE', arriving, upload_id)
if not given_up_at or tonumber(given_up_at) <= NOW then
  local f = get(task_id, 'status', 'attempt_id')
  if f[1] == 'DONE' then
    return { redis.call('ZCOUNT', arriving, '(' .. NOW_TEXT, '+inf') == 0 and 'done' or 'busy' }
  end
  if not f[1] or TERMINAL[f[1]] or (attempt_id ~= '' and f[2] ~= attempt_id) then
    return { 'conflict' }
  end
  if attempt_id ~= '' then
    redis.call('HSET', KEY.task .. task_id, 'uploads', '1')
  end
end
redis.call('ZADD', arriving, int(NOW + tonumber(lease_us)), upload_id)
redis.call('ZREMRANGEBYSCORE', arriving, '-inf', NOW_TEXT)
redis.call('PEXPIRE', arriving, math.ceil(lease_us / 1000))
return { 'applied' }
