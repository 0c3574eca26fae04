-- A worker that cleanup removed sends heartbeats again: its hash and membership are put back, newer fields kept.
-- args: worker_id
-- Answers: {'restored'} | {'unknown'}

local kept = KEY.removedWorker .. worker_id
if redis.call('EXISTS', kept) == 0 or redis.call('SISMEMBER', KEY.workerIds, worker_id) == 1 then
  return reply('unknown')
end
local worker = KEY.worker .. worker_id
local newer = redis.call('HGETALL', worker)
redis.call('DEL', worker)
redis.call('RENAME', kept, worker)
redis.call('PERSIST', worker)
if #newer > 0 then
  redis.call('HSET', worker, unpack(newer))
end
redis.call('SADD', KEY.workerIds, worker_id)
redis.call('PERSIST', KEY.lease .. worker_id)
redis.call('HSET', KEY.lease .. worker_id, 'stale', '0', 'heard_at', int(NOW),
  'heartbeat', redis.call('GET', worker .. KEY.heartbeatSuffix) or '')
announce_worker('WORKER_RETURNED', worker_id)
ring('freed', worker_id)
return reply('restored')
