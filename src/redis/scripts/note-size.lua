-- How many bytes the result and the files of an ended task have on disk.
-- args: task_id bytes
-- Answers: {'applied', total} | {'conflict'}
-- total: of all tasks whose bytes are known.

local f = get(task_id, 'status', 'stored_bytes', 'deleted_at')
if not TERMINAL[f[1]] or f[3] then
  return { 'conflict' }
end
redis.call('HSET', KEY.task .. task_id, 'stored_bytes', bytes)
return { 'applied', redis.call('INCRBY', KEY.storedBytes, tonumber(bytes) - tonumber(f[2] or 0)) }
