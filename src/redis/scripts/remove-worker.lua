-- Takes a stale worker off the list and keeps its hash, should it come back. The leader hears what it held.
-- args: worker_id heartbeat_ttl_us keep_sec
-- Answers: {'removed'} | {'alive'} | {'unknown'}
-- Sent again after a lost reply, it finds the hash that it kept and answers as before.

if redis.call('SISMEMBER', KEY.workerIds, worker_id) == 0 then
  return { redis.call('EXISTS', KEY.removedWorker .. worker_id) == 1 and 'removed' or 'unknown' }
end
local lease = KEY.lease .. worker_id
local f = redis.call('HMGET', lease, 'heartbeat', 'heard_at', 'registered_at', 'task_id', 'attempt_id')
local heartbeat = heartbeat_of(worker_id)
local ttl = tonumber(heartbeat_ttl_us)
local recent = math.max(tonumber(f[2] or 0), tonumber(f[3] or 0)) + ttl >= NOW
if heartbeat and (recent or heartbeat ~= f[1]) or not heartbeat and tonumber(f[3] or 0) + ttl >= NOW then
  return { 'alive' }
end
redis.call('SREM', KEY.workerIds, worker_id)
if redis.call('EXISTS', KEY.worker .. worker_id) == 1 then
  redis.call('RENAME', KEY.worker .. worker_id, KEY.removedWorker .. worker_id)
  redis.call('EXPIRE', KEY.removedWorker .. worker_id, keep_sec)
end
redis.call('DEL', KEY.worker .. worker_id .. KEY.heartbeatSuffix)
redis.call('EXPIRE', lease, keep_sec)
announce_worker('WORKER_REMOVED', worker_id)
ring('removed', worker_id)
if f[4] then
  ring('orphaned', { f[4], f[5], worker_id })
end
return { 'removed' }
