-- An aggregate was sent where its document wants it, could not be, or need not be sent anywhere: it is not tried again.
-- args: task_id note
-- note: why it could not be sent, or ''.
-- Answers: {'applied'}

redis.call('SREM', KEY.delivering, task_id)
if note ~= '' and redis.call('EXISTS', KEY.task .. task_id) == 1 then
  redis.call('HSET', KEY.task .. task_id, 'note', note)
end
return { 'applied' }
